use std::io;
use std::num::NonZeroU32;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout};
use wellspring_document::{
    AnyVerified, BytesHash, IssuerId, Profile, ServerName, SignError, TextError, Timestamp,
    TooManyRecords, Verified,
};
use wellspring_fetch::{
    AddressPolicy, Client, ClientConfig, ClientError, Concurrency, ExtraRoots, Pace, PolicyError,
    RootsError, UserAgent, UserAgentError,
};
use wellspring_store::{
    Change, DocumentRecord, Feed, Found, OpenError, PublishError, Round, Source, Store, StoreError,
    StoredDocument,
};

use crate::changes;
use crate::clock::{Clock, ClockBehind, NodeTime};
use crate::config::{Config, ConfigError, NodeConfig};
use crate::contests::{self, Contests};
use crate::example::{self, WorldError};
use crate::issuer::{Issuer, IssuerError, IssuerFiles, read_history};
use crate::sentence;
use crate::snapshot::{CommunityView, ConfirmingDomains, CurrentDocuments, Ranked, Snapshot};
use crate::status::{KeptOfSources, SourcesStatus};
use crate::submissions::Bucket;
use crate::sync::{self, SyncScope};
use crate::tree::{FILES_AT_ONCE, Grounds, ServedTree};
use crate::wake::Wake;
use crate::watch::Watch;

/// The file of the database, in the data directory.
pub const DATABASE_FILE: &str = "wellspring.db";

/// Why a node shows what it shows, which its pages say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// A fictional world, so that the program has something to show.
    ExampleWorld,
    /// One adopted list and nothing else.
    Adopted,
    /// What a community configured.
    Configured,
}

/// Why a node could not be opened, or could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum NodeError {
    #[error("the data directory {path} could not be made")]
    DataDir { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    #[error("the example world could not be signed")]
    World(#[from] WorldError),
    #[error("development.hosts cannot be used")]
    Hosts(#[from] PolicyError),
    #[error("development.extra_roots cannot be used")]
    Roots(#[from] RootsError),
    #[error("node.contact cannot be sent along")]
    Contact(#[from] UserAgentError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("the node's own document could not be published")]
    Publish(#[from] PublishError<SignError>),
    #[error("node.public_url cannot be written in a document")]
    Name(#[from] TextError),
    #[error("the tree could not be made")]
    Tree(#[from] TooManyRecords),
    #[error("the program is stopping")]
    Stopping,
}

/// What a node is opened with.
#[derive(Debug, Clone)]
pub struct Opening {
    /// What it reads, whom its communities trust.
    pub config: Config,
    /// Why it shows what it shows.
    pub setting: Setting,
    /// Where its time comes from.
    pub clock: Clock,
    /// The issuer that it is; read from the data directory, or made there from these 32
    /// random bytes.
    pub issuer: OwnIssuer,
    /// Whether the clock is right even where it is behind what the node has seen.
    clock_is_right: bool,
}

impl Opening {
    const fn new(config: Config, setting: Setting, clock: Clock, issuer: OwnIssuer) -> Self {
        Self { config, setting, clock, issuer, clock_is_right: false }
    }

    /// With a clock that is right, although the node may have seen a later time: then that
    /// was a mistake, and everything that the node wrote down by it is brought back to now
    /// ([`Store::turn_back_clock`]).
    #[must_use]
    pub const fn with_right_clock(mut self) -> Self {
        self.clock_is_right = true;
        self
    }

    /// The example world, in `data_dir`.
    ///
    /// # Errors
    /// Where the world cannot be made, which its tests rule out.
    pub fn example_world(data_dir: PathBuf, clock: Clock) -> Result<Self, NodeError> {
        let world = example::world(clock.now())?;
        let mut config = world.config;
        config.node.data_dir = data_dir;
        let issuer = OwnIssuer::Given(Box::new(world.node));
        Ok(Self::new(config, Setting::ExampleWorld, clock, issuer))
    }

    /// One adopted list, from an `https:` address or a file, in `data_dir`. The node's own
    /// key is made from the 32 random bytes in `seed` where the directory has none.
    ///
    /// # Errors
    /// Where `from` is neither.
    pub fn adopting(
        from: &str,
        data_dir: PathBuf,
        clock: Clock,
        seed: [u8; 32],
    ) -> Result<Self, NodeError> {
        let mut config = Config::adopting(from)?;
        config.node.data_dir = data_dir;
        let issuer = OwnIssuer::InDataDir { seed };
        Ok(Self::new(config, Setting::Adopted, clock, issuer))
    }

    /// What a community configured. The node's own key is made from the 32 random bytes in
    /// `seed` where its data directory has none.
    pub const fn configured(config: Config, clock: Clock, seed: [u8; 32]) -> Self {
        let issuer = OwnIssuer::InDataDir { seed };
        Self::new(config, Setting::Configured, clock, issuer)
    }
}

/// Where a node's own issuer comes from.
#[derive(Debug, Clone)]
pub enum OwnIssuer {
    /// From the data directory, or made there from 32 random bytes.
    InDataDir {
        /// The random bytes.
        seed: [u8; 32],
    },
    /// This one: that of the example world, which is the same everywhere.
    Given(Box<Issuer>),
}

impl OwnIssuer {
    /// The id of the issuer, where the node of `data_dir` has begun. Makes nothing.
    ///
    /// # Errors
    /// Where its key history is there and does not hold.
    pub fn id(&self, data_dir: &Path) -> Result<Option<IssuerId>, IssuerError> {
        match self {
            Self::Given(issuer) => Ok(Some(issuer.history().issuer().clone())),
            Self::InDataDir { .. } => {
                let IssuerFiles { history, .. } = IssuerFiles::of("node", data_dir);
                if !history.exists() {
                    return Ok(None);
                }
                Ok(Some(read_history(&history)?.issuer().clone()))
            }
        }
    }
}

/// The documents in memory, and the version of the database that they were read from. They
/// change together, so that a reading that failed is made up for by the next one.
pub(crate) struct Memory {
    pub(crate) documents: Arc<CurrentDocuments>,
    version: i64,
    /// What was made of the documents last.
    ranked: Ranked,
}

/// A node: its store, its documents in memory, and the snapshot that it serves.
pub struct Node {
    pub(crate) config: Config,
    pub(crate) setting: Setting,
    time: NodeTime,
    /// Where its own keys are, and with which it signs since the last look at them.
    pub(crate) issuer_files: Option<IssuerFiles>,
    pub(crate) issuer: RwLock<Arc<Issuer>>,
    /// The connection that writes.
    store: Mutex<Store>,
    /// A second connection, so that pages do not wait for a sync.
    reader: Mutex<Store>,
    memory: Mutex<Memory>,
    snapshot: RwLock<Arc<Snapshot>>,
    pub(crate) served_tree: Mutex<ServedTree>,
    /// Made when the first source needs it: a node without sources contacts nobody.
    client: OnceLock<Client>,
    /// As `client`, with the pace for mirrors.
    mirror_client: OnceLock<Client>,
    /// How many more names can be submitted.
    pub(crate) bucket: Bucket,
    /// What begins a round before a source is due.
    pub(crate) wake: Wake,
    /// One sync at a time. Whether there has been one since the program began.
    pub(crate) syncing: tokio::sync::Mutex<bool>,
}

impl Node {
    /// Opens the store in the data directory, verifies what it holds, and makes the first
    /// snapshot of it. Contacts nobody.
    ///
    /// # Errors
    /// Where the data directory, the database or the node's own key cannot be used.
    pub fn open(opening: Opening) -> Result<Arc<Self>, NodeError> {
        let Opening { config, setting, clock, issuer, clock_is_right } = opening;
        let data_dir = config.node.data_dir.clone();
        std::fs::create_dir_all(&data_dir)
            .map_err(|source| NodeError::DataDir { path: data_dir.clone(), source })?;
        let mut store = Store::open(data_dir.join(DATABASE_FILE))?;
        let reader = Store::open(data_dir.join(DATABASE_FILE))?;
        if clock_is_right {
            store.turn_back_clock(clock.now())?;
        }
        let time = NodeTime::new(clock);
        let seen = latest_time(&store)?;
        time.note(seen);
        let now = time.now();
        if let Some(behind) = time.behind() {
            tracing::warn!("{behind}");
        }
        // What is set aside because of it ends now, and not at a moment that is looked at.
        let policies = config.communities.iter().map(|community| &community.policy);
        store.follow(contests::followed(policies), seen.unwrap_or(now).max(now))?;
        let (issuer_files, issuer) = match issuer {
            OwnIssuer::InDataDir { seed } => {
                let files = IssuerFiles::of("node", &data_dir);
                let issuer = Issuer::open_or_create(&files, seed, now)?;
                (Some(files), issuer)
            }
            OwnIssuer::Given(issuer) => (None, *issuer),
        };
        let mut memory = Memory::read(&mut store, now)?;
        let contests = Contests::read(&store, now)?;
        let own = issuer.history().issuer();
        let communities = memory.views(&config, own, &contests, now);
        let confirming = ConfirmingDomains::read(&store)?;
        let kept = KeptOfSources::read(&store, &config)?;
        let sources = SourcesStatus::of(kept, &config, &communities, now)?;
        let grounds = grounds(&store, &memory)?;
        let snapshot = Snapshot { made_at: now, communities, confirming, sources, grounds };
        Ok(Arc::new(Self {
            config,
            setting,
            time,
            issuer_files,
            issuer: RwLock::new(Arc::new(issuer)),
            store: Mutex::new(store),
            reader: Mutex::new(reader),
            memory: Mutex::new(memory),
            snapshot: RwLock::new(Arc::new(snapshot)),
            served_tree: Mutex::default(),
            client: OnceLock::new(),
            mirror_client: OnceLock::new(),
            bucket: Bucket::default(),
            wake: Wake::default(),
            syncing: tokio::sync::Mutex::new(false),
        }))
    }

    /// What it serves now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Its configuration.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Why it shows what it shows.
    pub const fn setting(&self) -> Setting {
        self.setting
    }

    /// The profiles that count at present, whoever signed them: nothing is said about whether
    /// they are those of the servers that they name.
    pub fn profiles(&self) -> Vec<Arc<Verified<Profile>>> {
        self.memory().documents.profiles()
    }

    /// The time now: by its clock, but never before the latest time that it has seen.
    pub fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// Whether its clock is behind a time that it has seen, so that it does not go by it.
    pub fn clock_behind(&self) -> Option<ClockBehind> {
        self.time.behind()
    }

    /// The issuer that it is, with the keys of its last round.
    pub fn issuer(&self) -> Arc<Issuer> {
        Arc::clone(&self.issuer.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The exact bytes of a document and what is known of it.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn document(
        self: &Arc<Self>,
        hash: BytesHash,
    ) -> Result<Option<StoredDocument>, NodeError> {
        self.read_store(move |store| store.document(hash)).await
    }

    /// What is known of the profiles that were signed for a server name, newest first; at
    /// most `most`.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn profiles_of(
        self: &Arc<Self>,
        server_name: ServerName,
        most: usize,
    ) -> Result<Vec<DocumentRecord>, NodeError> {
        self.read_store(move |store| Ok(store.profiles_of(&server_name, most)?.rows)).await
    }

    /// The newest changes to what is said about a server; at most `most`.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn changes_of(
        self: &Arc<Self>,
        server_name: ServerName,
        most: usize,
    ) -> Result<Vec<Change>, NodeError> {
        self.read_store(move |store| Ok(store.changes_of(&server_name, most)?.rows)).await
    }

    /// What the issuers of these feeds signed with the same number as the document that
    /// counts: evidence against them.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn contradicting(
        self: &Arc<Self>,
        feeds: Vec<Feed>,
    ) -> Result<Vec<DocumentRecord>, NodeError> {
        self.read_store(move |store| {
            let mut records = Vec::new();
            for feed in &feeds {
                records.extend(store.contradicting(feed)?.rows);
            }
            Ok(records)
        })
        .await
    }

    /// Every source with how reading it has gone.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn sources(self: &Arc<Self>) -> Result<Vec<Source>, NodeError> {
        self.read_store(|store| Ok(store.sources()?.rows)).await
    }

    /// Syncs whatever is due, for ever, and makes a new view at least every hour. A folder of
    /// documents that changes, and a name that is submitted, do not wait for that. A round
    /// that fails is logged; the last good snapshot is served meanwhile.
    pub async fn run(self: Arc<Self>) {
        let folders = sync::folders(&self.config);
        let begun = tokio::task::spawn_blocking(move || Watch::begin(folders)).await;
        // It does not panic, and where the program is stopping nobody waits for it.
        let Ok(watch) = begun else { return };
        tokio::join!(watch.run(|changed| self.wake.for_changed(changed)), self.rounds());
    }

    async fn rounds(self: &Arc<Self>) {
        let mut told = Told::default();
        loop {
            let began = Instant::now();
            let pause = match self.sync(SyncScope::Due, &|_| {}).await {
                Ok(outcome) => {
                    if told.it_works() {
                        tracing::info!("the sync works again");
                    }
                    tracing::info!("{outcome}");
                    self.snapshot().sources.pause(&self.config, self.now())
                }
                Err(error) => {
                    let failure = sentence(&error);
                    if told.is_new(&failure) {
                        tracing::error!(
                            error = failure,
                            "the sync failed; what was known before is served on"
                        );
                    }
                    // That sources were asked may not be on record, as on a full disk: they
                    // are not to be asked every minute for it.
                    i64::from(pause_minutes(self.config.sync.every_minutes)) * 60
                }
            };
            let pause = Duration::from_secs(pause.unsigned_abs());
            // News can be had at any time by whoever submits names or writes files: the node
            // rests after a round at least as long as it worked.
            let rest = began.elapsed().max(SHORTEST_REST).min(pause);
            tokio::time::sleep(rest).await;
            // Either is a reason to begin the next one.
            let _ = timeout(pause.saturating_sub(rest), self.wake.news()).await;
        }
    }

    /// The exact bytes of a document, where they are stored.
    pub(crate) fn stored_bytes(&self, hash: BytesHash) -> Result<Option<Bytes>, NodeError> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(reader.document(hash)?.and_then(|stored| stored.bytes))
    }

    pub(crate) async fn read_store<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, NodeError> {
        self.blocking(move |node| {
            let reader = node.reader.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(read(&reader)?)
        })
        .await
    }

    /// Runs `work` on a thread where waiting for the disk holds nobody else up.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, NodeError> + Send + 'static,
    ) -> Result<T, NodeError> {
        let node = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&node)).await.map_err(|_| NodeError::Stopping)?
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever needs the store as well takes that first.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the documents again where another program has written to the database since:
    /// no source gives them a second time.
    pub(crate) fn notice_other_programs(&self) -> Result<(), NodeError> {
        let mut store = self.store();
        self.time.note(latest_time(&store)?);
        if let Some(behind) = self.clock_behind() {
            tracing::warn!("{behind}");
        }
        let version = store.data_version()?;
        let mut memory = self.memory();
        if memory.version != version {
            *memory = Memory::read(&mut store, self.now())?;
        }
        Ok(())
    }

    /// Takes up what counts of an issuer after a document of theirs arrived, where other keys
    /// count since: what was set aside before may be among it.
    pub(crate) fn settle_keys(&self, issuer: &IssuerId) -> Result<(), NodeError> {
        let mut store = self.store();
        let mut memory = self.memory();
        let accepted = store.accepted_key_state(issuer)?;
        if accepted.as_deref() != memory.documents.key_state(issuer) {
            let loaded = store.load_of(issuer, self.now())?;
            memory.documents_mut().replace(issuer, intact(&mut store, loaded)?);
        }
        Ok(())
    }

    /// Whether documents count by these keys of an issuer, by the key states alone.
    pub(crate) fn counts_for_everybody(&self, document: &AnyVerified) -> Result<bool, NodeError> {
        let accepted = self.store().accepted_key_state(document.issuer())?;
        Ok(accepted.as_deref() == Some(document.history().current_hash()))
    }

    /// Ranks the current documents for `now`.
    pub(crate) fn rank(&self, now: Timestamp) -> Result<Vec<CommunityView>, NodeError> {
        let contests = Contests::read(&self.store(), now)?;
        Ok(self.rank_with(&contests, now))
    }

    fn rank_with(&self, contests: &Contests, now: Timestamp) -> Vec<CommunityView> {
        let issuer = self.issuer();
        let own = issuer.history().issuer();
        self.memory().views(&self.config, own, contests, now)
    }

    /// As [`Node::rank`], with all that pages need beside it. Reading the database takes as long
    /// as ranking, so both are done at once.
    pub(crate) fn make_snapshot(&self, now: Timestamp) -> Result<Arc<Snapshot>, NodeError> {
        let contests = Contests::read(&self.store(), now)?;
        let (kept, communities) = thread::scope(|scope| {
            let kept = scope.spawn(|| KeptOfSources::read(&self.store(), &self.config));
            let communities = self.rank_with(&contests, now);
            (kept.join().unwrap_or_else(|panic| resume_unwind(panic)), communities)
        });
        let sources = SourcesStatus::of(kept?, &self.config, &communities, now)?;
        let store = self.store();
        let confirming = ConfirmingDomains::read(&store)?;
        let grounds = grounds(&store, &self.memory())?;
        Ok(Arc::new(Snapshot { made_at: now, communities, confirming, sources, grounds }))
    }

    /// Records that a round was completed at `now`, so that time does not go back behind it.
    pub(crate) fn record_time(&self, now: Timestamp) -> Result<(), NodeError> {
        if self.time.heeds_the_past() {
            let mut store = self.store();
            store.record_time(now)?;
            self.time.note(latest_time(&store)?);
        }
        Ok(())
    }

    /// Records how a round went.
    pub(crate) fn record_round(&self, round: &Round) -> Result<(), NodeError> {
        if self.time.heeds_the_past() {
            self.store().record_round(round)?;
        }
        Ok(())
    }

    /// Tells how the lists of communities changed since the last round.
    pub(crate) fn tell_changes(&self, snapshot: &Snapshot) -> Result<(), NodeError> {
        if self.time.heeds_the_past() {
            changes::tell(&mut self.store(), snapshot)?;
        }
        Ok(())
    }

    /// Serves this from here on, in a single step.
    pub(crate) fn serve(&self, snapshot: Arc<Snapshot>) {
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
    }

    pub(crate) fn client(&self) -> Result<Client, NodeError> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let client = guarded_client(&self.config)?;
        Ok(self.client.get_or_init(|| client).clone())
    }

    /// The client for the files of mirrors. This node's operator named each of them, so they
    /// expect it: at the pace for hosts that strangers named, a first copy of 10,000 documents
    /// would take a quarter of an hour.
    pub(crate) fn mirror_client(&self) -> Result<Client, NodeError> {
        if let Some(client) = self.mirror_client.get() {
            return Ok(client.clone());
        }
        let client = Client::new(mirror_client_config(client_config(&self.config)?))?;
        Ok(self.mirror_client.get_or_init(|| client).clone())
    }
}

impl Memory {
    /// The documents, to change them. What a snapshot rests on stays as it was.
    pub(crate) fn documents_mut(&mut self) -> &mut CurrentDocuments {
        Arc::make_mut(&mut self.documents)
    }

    /// Ranks the documents for every community.
    fn views(
        &mut self,
        config: &Config,
        own: &IssuerId,
        contests: &Contests,
        now: Timestamp,
    ) -> Vec<CommunityView> {
        self.ranked.views(config, own, &self.documents, contests, now)
    }

    /// The documents that count, from the database.
    fn read(store: &mut Store, now: Timestamp) -> Result<Self, StoreError> {
        // Asked before the documents: what is written in between is read again later.
        let version = store.data_version()?;
        let loaded = store.load(now)?;
        let mut documents = CurrentDocuments::default();
        intact(store, loaded)?.into_iter().for_each(|document| documents.put(document));
        Ok(Self { documents: Arc::new(documents), version, ranked: Ranked::default() })
    }
}

/// What a snapshot that is made now rests on.
fn grounds(store: &Store, memory: &Memory) -> Result<Grounds, StoreError> {
    Ok(Grounds {
        documents: Arc::clone(&memory.documents),
        evidence: store.evidence()?.rows,
        withdrawn: store.withdrawn()?.rows.into_iter().collect(),
        dropped: store.dropped_by_mirrors()?.rows.into_iter().collect(),
    })
}

/// The latest time that was seen; nothing where the record of it is damaged.
fn latest_time(store: &Store) -> Result<Option<Timestamp>, StoreError> {
    match store.latest_time() {
        Err(StoreError::Corrupt(row)) => {
            tracing::error!(%row, "the latest time that this node has seen is lost");
            Ok(None)
        }
        latest => latest,
    }
}

/// The documents that were loaded. The sources of those that are damaged are asked for all
/// of them again.
fn intact(store: &mut Store, loaded: Found<AnyVerified>) -> Result<Vec<AnyVerified>, StoreError> {
    for row in &loaded.corrupt {
        tracing::error!(%row, "a stored document is left out until its source gives it again");
    }
    if !loaded.corrupt.is_empty() {
        store.ask_again(&loaded.corrupt)?;
    }
    Ok(loaded.rows)
}

/// What was said about rounds that fail: a disk that stays full is told once, and not in
/// every round.
#[derive(Debug, Default)]
struct Told(Option<String>);

impl Told {
    /// Whether a failure is another one than that of the round before.
    fn is_new(&mut self, failure: &str) -> bool {
        let is_new = self.0.as_deref() != Some(failure);
        self.0 = Some(failure.to_owned());
        is_new
    }

    /// Whether that is news.
    fn it_works(&mut self) -> bool {
        self.0.take().is_some()
    }
}

/// The shortest time between the end of a round and the beginning of the next.
const SHORTEST_REST: Duration = Duration::from_secs(2);

/// The longest time between two views, in minutes. A view changes without any news as well:
/// warnings and documents expire, waiting periods end. Nobody should have to bear a warning
/// for much longer than its curator gave it.
const LONGEST_PAUSE_MINUTES: u32 = 60;

/// How long to wait between two rounds: the configured time in equal parts, since no source
/// is due earlier than that after it was asked.
pub(crate) fn pause_minutes(every_minutes: u32) -> u32 {
    let parts = every_minutes.div_ceil(LONGEST_PAUSE_MINUTES).max(1);
    every_minutes.div_ceil(parts)
}

/// The guarded client that a configuration asks for.
///
/// # Errors
/// Where the development section or the contact cannot be used, or the platform has no
/// certificate authorities.
pub fn guarded_client(config: &Config) -> Result<Client, NodeError> {
    Ok(Client::new(client_config(config)?)?)
}

/// As `client`, for the files of trees that somebody named: at most 100 requests a second and
/// eight at once to each host.
#[must_use]
pub fn mirror_client_config(client: ClientConfig) -> ClientConfig {
    const PER_SECOND: NonZeroU32 = NonZeroU32::new(100).unwrap();
    let pace = Pace { per_second: PER_SECOND, burst: PER_SECOND, max_wait: client.pace.max_wait };
    let concurrency =
        Concurrency { per_host: FILES_AT_ONCE, per_address: FILES_AT_ONCE, ..client.concurrency };
    ClientConfig { pace, concurrency, ..client }
}

fn client_config(config: &Config) -> Result<ClientConfig, NodeError> {
    let development = &config.development;
    let mut client = ClientConfig::public(user_agent(&config.node)?);
    client.policy = AddressPolicy::for_development(development)?;
    // Paths were made to start from the folder of the configuration when it was read.
    client.extra_roots = ExtraRoots::read(Path::new(""), &development.extra_roots)?;
    Ok(client)
}

fn user_agent(config: &NodeConfig) -> Result<UserAgent, UserAgentError> {
    match &config.contact {
        Some(contact) => UserAgent::with_contact(&contact.href()),
        None => Ok(UserAgent::without_contact()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Told, pause_minutes};

    #[test]
    fn a_failure_that_stays_is_told_once() {
        let mut told = Told::default();
        assert!(!told.it_works());
        let news = ["full", "full", "gone", "full"].map(|failure| told.is_new(failure));
        assert_eq!(news, [true, false, true, true]);
        assert!(told.it_works() && !told.it_works());
        assert!(told.is_new("full"));
    }

    #[test]
    fn a_view_is_renewed_at_least_hourly_and_sources_are_asked_on_time() {
        for (every, pause) in [(1, 1), (15, 15), (60, 60), (61, 31), (90, 45), (10_080, 60)] {
            assert_eq!(pause_minutes(every), pause, "{every}");
        }
    }
}
