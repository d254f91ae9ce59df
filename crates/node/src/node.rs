use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use url::Url;
use wellspring_document::{BytesHash, Kind, ServerName, SignError, TextError, Timestamp};
use wellspring_fetch::{
    AddressPolicy, Client, ClientConfig, ClientError, ExtraRoots, PolicyError, RootsError,
    UserAgent, UserAgentError,
};
use wellspring_store::{
    Change, ChangesOf, DocumentRecord, DocumentsOf, OpenError, PublishError, Source, SourceKind,
    Store, StoreError, StoredDocument,
};

use crate::clock::Clock;
use crate::config::{Config, ConfigError, NodeConfig};
use crate::example::{self, WorldError};
use crate::issuer::{Issuer, IssuerError, IssuerFiles};
use crate::snapshot::{CurrentDocuments, Snapshot};
use crate::sync::{LIST_PATH, SyncScope, is_absence};

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
}

impl Opening {
    /// The example world, in `data_dir`.
    ///
    /// # Errors
    /// Where the world cannot be made, which its tests rule out.
    pub fn example_world(data_dir: PathBuf, clock: Clock) -> Result<Self, NodeError> {
        let world = example::world(clock.now())?;
        let mut config = world.config;
        config.node.data_dir = data_dir;
        let issuer = OwnIssuer::Given(Box::new(world.node));
        Ok(Self { config, setting: Setting::ExampleWorld, clock, issuer })
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
        Ok(Self { config, setting: Setting::Adopted, clock, issuer })
    }

    /// What a community configured. The node's own key is made from the 32 random bytes in
    /// `seed` where its data directory has none.
    pub const fn configured(config: Config, clock: Clock, seed: [u8; 32]) -> Self {
        let issuer = OwnIssuer::InDataDir { seed };
        Self { config, setting: Setting::Configured, clock, issuer }
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

/// A node: its store, its documents in memory, and the snapshot that it serves.
pub struct Node {
    pub(crate) config: Config,
    pub(crate) setting: Setting,
    pub(crate) clock: Clock,
    pub(crate) issuer: Issuer,
    /// The connection that writes.
    store: Mutex<Store>,
    /// A second connection, so that pages do not wait for a sync.
    reader: Mutex<Store>,
    pub(crate) documents: Mutex<CurrentDocuments>,
    /// The version of the database that `documents` were read from.
    pub(crate) read_version: AtomicI64,
    snapshot: RwLock<Arc<Snapshot>>,
    /// Made when the first source needs it: a node without sources contacts nobody.
    client: OnceLock<Client>,
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
        let Opening { config, setting, clock, issuer } = opening;
        let now = clock.now();
        let data_dir = config.node.data_dir.clone();
        std::fs::create_dir_all(&data_dir)
            .map_err(|source| NodeError::DataDir { path: data_dir.clone(), source })?;
        let store = Store::open(data_dir.join(DATABASE_FILE))?;
        let reader = Store::open(data_dir.join(DATABASE_FILE))?;
        let issuer = match issuer {
            OwnIssuer::InDataDir { seed } => own_issuer(&data_dir, seed, now)?,
            OwnIssuer::Given(issuer) => *issuer,
        };
        // Asked before the documents: what is written in between is read again later.
        let read_version = store.data_version()?;
        let documents = read_documents(&store)?;
        let snapshot = Snapshot::make(&config, issuer.history().issuer(), &documents, now);
        Ok(Arc::new(Self {
            config,
            setting,
            clock,
            issuer,
            store: Mutex::new(store),
            reader: Mutex::new(reader),
            documents: Mutex::new(documents),
            read_version: AtomicI64::new(read_version),
            snapshot: RwLock::new(Arc::new(snapshot)),
            client: OnceLock::new(),
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

    /// The time now, by its clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The issuer that it is.
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
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
        self.read_store(move |store| {
            let of = DocumentsOf::Subject(Kind::Profile, server_name.as_str());
            Ok(store.documents(of, most)?.rows)
        })
        .await
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
        self.read_store(move |store| Ok(store.changes(ChangesOf::Server(&server_name), most)?.rows))
            .await
    }

    /// The domains that confirm who signed the endorsement list with these bytes: those that
    /// serve it at [`LIST_PATH`], as far as this node reads it there. A domain that cannot
    /// be reached still confirms; one that has no list there any more does not.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn confirming_domains(
        self: &Arc<Self>,
        list: BytesHash,
    ) -> Result<Vec<String>, NodeError> {
        let serving = self.read_store(move |store| store.sources_serving(list)).await?;
        let confirms = |source: &Source| {
            let url = Url::parse(&source.key.location).ok()?;
            let is_absent = source.failure.as_ref().is_some_and(|it| is_absence(&it.code));
            let confirms = source.key.kind == SourceKind::ListUrl && url.path() == LIST_PATH;
            (confirms && !is_absent).then(|| url.authority().to_owned())
        };
        Ok(serving.rows.iter().filter_map(confirms).collect())
    }

    /// Every source with how reading it has gone.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn sources(self: &Arc<Self>) -> Result<Vec<Source>, NodeError> {
        self.read_store(|store| Ok(store.sources()?.rows)).await
    }

    /// Syncs whatever is due, for ever. A round that fails is logged; the last good snapshot
    /// is served meanwhile.
    pub async fn run(self: Arc<Self>) {
        loop {
            match self.sync(SyncScope::Due, &|_| {}).await {
                Ok(outcome) => tracing::info!("{outcome}"),
                Err(error) => tracing::error!(error = chain(&error), "the sync failed"),
            }
            // No source is due earlier than that after it was asked.
            let minutes = u64::from(self.config.sync.every_minutes);
            tokio::time::sleep(Duration::from_secs(minutes * 60)).await;
        }
    }

    async fn read_store<T: Send + 'static>(
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

    pub(crate) fn documents(&self) -> MutexGuard<'_, CurrentDocuments> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the documents again where another program has written to the database since:
    /// no source gives them a second time.
    pub(crate) fn notice_other_programs(&self) -> Result<(), NodeError> {
        let store = self.store();
        let version = store.data_version()?;
        if self.read_version.swap(version, Ordering::Relaxed) != version {
            *self.documents() = read_documents(&store)?;
        }
        Ok(())
    }

    /// Ranks the current documents for `now` and serves the result from here on.
    pub(crate) fn refresh_snapshot(&self, now: Timestamp) -> Arc<Snapshot> {
        let own = self.issuer.history().issuer();
        let snapshot = Snapshot::make(&self.config, own, &self.documents(), now);
        let snapshot = Arc::new(snapshot);
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&snapshot);
        snapshot
    }

    pub(crate) fn client(&self) -> Result<Client, NodeError> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let client = guarded_client(&self.config)?;
        Ok(self.client.get_or_init(|| client).clone())
    }
}

/// The documents that count, from the database.
fn read_documents(store: &Store) -> Result<CurrentDocuments, StoreError> {
    let mut documents = CurrentDocuments::default();
    let loaded = store.load()?;
    for row in &loaded.corrupt {
        tracing::error!(%row, "a stored document is left out");
    }
    loaded.rows.into_iter().for_each(|document| documents.put(document));
    Ok(documents)
}

/// The guarded client that a configuration asks for.
///
/// # Errors
/// Where the development section or the contact cannot be used, or the platform has no
/// certificate authorities.
pub fn guarded_client(config: &Config) -> Result<Client, NodeError> {
    let development = &config.development;
    let mut client = ClientConfig::public(user_agent(&config.node)?);
    client.policy = AddressPolicy::for_development(development)?;
    // Paths were made to start from the folder of the configuration when it was read.
    client.extra_roots = ExtraRoots::read(Path::new(""), &development.extra_roots)?;
    Ok(Client::new(client)?)
}

fn user_agent(config: &NodeConfig) -> Result<UserAgent, UserAgentError> {
    match &config.contact {
        Some(contact) => UserAgent::with_contact(&contact.href()),
        None => Ok(UserAgent::without_contact()),
    }
}

fn own_issuer(data_dir: &Path, seed: [u8; 32], now: Timestamp) -> Result<Issuer, IssuerError> {
    let files = IssuerFiles::of("node", data_dir);
    if files.key.exists() {
        Issuer::open(&files, None)
    } else {
        Issuer::create(&files, seed, None, now)
    }
}

/// An error with its causes, for a log line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause| (*cause).source());
    let words = |cause: &(dyn std::error::Error + 'static)| {
        let words = cause.to_string();
        match cause.downcast_ref::<io::Error>().and_then(|_| words.rsplit_once(" (os error ")) {
            // The number means nothing to most people.
            Some((words, _)) => words.to_owned(),
            None => words,
        }
    };
    causes.map(words).collect::<Vec<_>>().join(": ")
}
