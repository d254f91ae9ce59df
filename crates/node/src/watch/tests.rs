use std::os::unix::fs::symlink;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;

/// Far longer than it takes: machines can be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// The state of the folder whenever a watch says that it has changed.
type News = UnboundedReceiver<u64>;

/// What a watch of `root` says. Without events it looks ten times a second; with them
/// practically never, so that it is they who tell.
fn watch(root: &Path, with_events: bool) -> News {
    let hint = Arc::new(Notify::new());
    let roots = BTreeMap::from([(root.to_owned(), 0)]);
    let events = with_events.then(|| Events::begin(roots.keys(), &hint).unwrap());
    let look_every = Duration::from_millis(if with_events { 3_600_000 } else { 100 });
    let watch = Watch::with(roots, events, hint, look_every);
    let (sender, receiver) = unbounded_channel();
    let root = root.to_owned();
    tokio::spawn(watch.run(move |changed| {
        assert_eq!(changed, std::slice::from_ref(&root));
        let _ = sender.send(directory::outline(&root).fingerprint);
    }));
    receiver
}

/// Waits until a watch has told of what is in the folder now. It may tell of what was before.
async fn is_told(news: &mut News, root: &Path, what: &str) {
    let now = directory::outline(root).fingerprint;
    let told = async { while news.recv().await.is_some_and(|state| state != now) {} };
    assert!(tokio::time::timeout(PATIENCE, told).await.is_ok(), "{what}");
}

async fn everything_is_noticed(with_events: bool) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("documents");
    let mut news = watch(&root, with_events);
    fs::create_dir(&root).unwrap();
    is_told(&mut news, &root, "it appears").await;

    fs::write(root.join("a.json"), "{").unwrap();
    is_told(&mut news, &root, "a file is written").await;

    fs::write(root.join(".a.json.x7"), "{}").unwrap();
    fs::rename(root.join(".a.json.x7"), root.join("a.json")).unwrap();
    is_told(&mut news, &root, "a file is replaced").await;

    fs::create_dir_all(root.join("one/two")).unwrap();
    fs::write(root.join("one/two/b.json"), "{}").unwrap();
    is_told(&mut news, &root, "a folder comes with a file").await;
    fs::write(root.join("one/two/b.json"), "{ }").unwrap();
    is_told(&mut news, &root, "a file in a new folder is written").await;

    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("c.json"), "{}").unwrap();
    fs::rename(&root, dir.path().join("old")).unwrap();
    fs::rename(&other, &root).unwrap();
    is_told(&mut news, &root, "another folder takes its place").await;
    fs::write(root.join("c.json"), "{ }").unwrap();
    is_told(&mut news, &root, "a file of that folder is written").await;

    fs::remove_dir_all(&root).unwrap();
    is_told(&mut news, &root, "it is removed").await;
    fs::create_dir(&root).unwrap();
    fs::write(root.join("d.json"), "{}").unwrap();
    is_told(&mut news, &root, "it is there again").await;
}

#[tokio::test]
async fn whatever_happens_is_noticed_at_once_where_the_system_tells() {
    everything_is_noticed(true).await;
}

#[tokio::test]
async fn whatever_happens_is_noticed_by_looking_where_the_system_does_not_tell() {
    everything_is_noticed(false).await;
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_another_folder() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("current");
    for (release, text) in [("1", "{}"), ("2", "{ }")] {
        fs::create_dir(dir.path().join(release)).unwrap();
        fs::write(dir.path().join(release).join("a.json"), text).unwrap();
    }
    symlink("1", &root).unwrap();
    let mut news = watch(&root, true);
    symlink("2", dir.path().join("next")).unwrap();
    fs::rename(dir.path().join("next"), &root).unwrap();
    is_told(&mut news, &root, "the link leads elsewhere").await;
    fs::write(dir.path().join("2/a.json"), "[]").unwrap();
    is_told(&mut news, &root, "a file there is written").await;
}

#[tokio::test(start_paused = true)]
async fn it_waits_until_it_is_quiet_but_not_for_ever() {
    let watch = Watch::begin([]);
    let began = Instant::now();
    watch.quiet().await;
    assert_eq!(began.elapsed(), QUIET);
    let restless = async {
        loop {
            watch.hint.notify_one();
            sleep(QUIET / 2).await;
        }
    };
    let began = Instant::now();
    tokio::select! {
        () = watch.quiet() => {}
        () = restless => {}
    }
    assert_eq!(began.elapsed(), RESTLESS);
}

#[test]
fn what_only_reads_or_happens_elsewhere_is_no_hint() {
    use notify::event::{CreateKind, Flag};
    let roots = [PathBuf::from("/srv/documents")];
    let event = |kind, path: &str| Event::new(kind).add_path(PathBuf::from(path));
    let created = EventKind::Create(CreateKind::File);
    for (event, expected) in [
        (event(created, "/srv/documents/a.json"), true),
        (event(created, "/srv/documents"), true),
        (event(EventKind::Remove(notify::event::RemoveKind::Folder), "/srv"), true),
        (event(created, "/srv/elsewhere"), false),
        (event(created, "/srv/documents.new"), false),
        (event(EventKind::Access(AccessKind::Open(AccessMode::Any)), "/srv/documents"), false),
        (event(EventKind::Access(AccessKind::Close(AccessMode::Write)), "/srv/documents/a"), true),
        (Event::new(EventKind::Other).set_flag(Flag::Rescan), true),
    ] {
        assert_eq!(is_hint(&event, &roots), expected, "{event:?}");
    }
}
