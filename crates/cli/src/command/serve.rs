use std::io::{ErrorKind, IsTerminal as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;
use wellspring_node::config::NodeConfig;
use wellspring_node::{Node, ServingLock, Setting, SyncScope, web};

use super::node_args::NodeArgs;
use super::sync::with_progress;
use crate::answer::{self, Outcome};
use crate::clock::Now;

/// Run a node: sync its sources and serve its list
///
/// Without --config or --adopt it shows a small fictional world and contacts nobody.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
It runs until it is told to stop (Ctrl-C, or SIGTERM). Requests under way then have 5
seconds to end; told a second time, it stops at once. Log lines go to standard error;
RUST_LOG=debug shows more of them.

Exit codes: 0 it was told to stop, 2 it could not start.

Examples:
  wellspring serve
  wellspring serve --adopt https://servers.joinmatrix.org/servers.json
  wellspring serve --config wellspring.toml")]
pub(crate) struct Args {
    #[command(flatten)]
    node: NodeArgs,

    /// The address to listen on, instead of that of the configuration
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,

    #[command(flatten)]
    now: Now,
}

/// How long requests under way may take to end once the program is told to stop. Every page
/// is answered in far less; who takes longer is a visitor that has stopped reading or writing.
const GRACE: Duration = Duration::from_secs(5);

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        log_to_standard_error();
        let mut opening = self.node.opening(self.now.clock())?;
        if let Some(listen) = self.listen {
            opening.config.node.listen = listen;
            opening.config.check_development()?;
        }
        warn_of_missing_duties(&opening.config.node);
        // Before anything is opened or asked: the most likely reason not to start.
        let listener = bind(opening.config.node.listen)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("the asynchronous runtime could not start")?;
        let data_dir = opening.config.node.data_dir.clone();
        let node = Node::open(opening)?;
        let _serving = ServingLock::take(&data_dir)?;
        let served = runtime.block_on(serve(node, listener));
        // A sync under way is cut off like by a kill: what it accepted is in the database.
        runtime.shutdown_timeout(Duration::from_secs(1));
        served?;
        Ok(Outcome::Yes)
    }
}

fn log_to_standard_error() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,rusqlite_migration=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

/// Whoever runs a public list owes its readers and its subjects somebody to turn to.
fn warn_of_missing_duties(config: &NodeConfig) {
    if config.listen.ip().is_loopback() && config.public_url.is_none() {
        return;
    }
    for (missing, key, why) in [
        (config.imprint.is_none(), "node.imprint", "who runs it"),
        (config.complaints.is_none(), "node.complaints", "where to complain"),
    ] {
        if missing {
            answer::warn(&format!(
                "this node can be reached by others, but {key} is not set: its pages cannot say \
                 {why}"
            ));
        }
    }
}

fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bind = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok::<_, std::io::Error>(listener)
    };
    bind().map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => anyhow!(
            "{address} cannot be listened on by this user; choose a port from 1024 on with --listen"
        ),
        _ => anyhow!(error).context(format!("{address} cannot be listened on")),
    })
}

async fn serve(node: Arc<Node>, listener: TcpListener) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let address = listener.local_addr()?;
    let mut signals = Signals::listen()?;
    tokio::select! {
        synced = first_sync(&node) => synced?,
        () = signals.next() => return Ok(()),
    }
    greet(&node, address)?;
    let scheduler = tokio::spawn(Arc::clone(&node).run());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let patience = async {
        signals.next().await;
        drop(stop);
        tokio::select! {
            () = signals.next() => {}
            () = tokio::time::sleep(GRACE) => {}
        }
    };
    tokio::select! {
        () = web::serve(listener, &node, async { drop(stopped.await) }) => {}
        () = patience => {}
    }
    scheduler.abort();
    Ok(())
}

/// A node that has one list, or the example world, is nothing without it; so that comes
/// first. A configured one serves at once what it has.
async fn first_sync(node: &Arc<Node>) -> anyhow::Result<()> {
    if node.setting() == Setting::Configured {
        return Ok(());
    }
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let syncing = Arc::clone(node);
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Handle::current();
        let outcome =
            with_progress(|progress| runtime.block_on(syncing.sync(SyncScope::All, progress)));
        // Where the receiver is gone, the program is stopping.
        drop(sender.send(outcome));
    });
    let outcome = receiver.await.context("the program is stopping")??;
    // Nothing came, and nothing is left from before.
    if node.setting() == Setting::Adopted
        && outcome.servers == 0
        && let Some((_, failure)) = outcome.problems.first()
    {
        anyhow::bail!("there is no list to show: {}; give --adopt another one", failure.message);
    }
    for (source, failure) in outcome.problems {
        answer::warn(&format!("{}: {}", source.location, failure.message));
    }
    Ok(())
}

fn greet(node: &Node, address: SocketAddr) -> anyhow::Result<()> {
    let what = match node.setting() {
        Setting::ExampleWorld => "the example world: its servers do not exist".to_owned(),
        Setting::Adopted => {
            let servers = node.snapshot().communities.iter().map(|it| it.view.servers.len()).max();
            format!("one adopted list with {} servers", servers.unwrap_or_default())
        }
        Setting::Configured => {
            let names: Vec<_> =
                node.config().communities.iter().map(|it| it.id.to_string()).collect();
            format!("the communities {}", names.join(", "))
        }
    };
    let data_dir = &node.config().node.data_dir;
    answer::write_out(
        format!(
            "Wellspring shows {what}\n  open   http://{address}/\n  data   {}\n  stop   Ctrl-C\n",
            data_dir.display()
        )
        .as_bytes(),
    )?;
    Ok(())
}

/// Ctrl-C and SIGTERM, listened for from [`Signals::listen`] on.
struct Signals {
    interrupted: Signal,
    terminated: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("the signals to stop cannot be listened for");
        Ok(Self {
            interrupted: listen(SignalKind::interrupt())?,
            terminated: listen(SignalKind::terminate())?,
        })
    }

    /// Waits until the program is told to stop, or told again.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}
