//! Opening the file: its lock, its mode, its schema, its owner.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{chain, key, row};

/// The schema's version, in `PRAGMA user_version`.
const VERSION: i64 = 3;
/// What makes each version out of the one before, beginning with an empty file.
const MIGRATIONS: [&str; 3] =
    [include_str!("schema.sql"), include_str!("schema_2.sql"), include_str!("schema_3.sql")];
/// The first version whose record of decisions is a chain.
const CHAINED: i64 = 3;

/// How often, and how far apart, a lock is tried: `status` has it for an instant when it looks.
const TRIES: u32 = 5;
const APART: Duration = Duration::from_millis(50);

/// The ledger cannot be used; nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("ledger {}: {problem}", path.display())]
pub struct OpenError {
    path: PathBuf,
    problem: String,
}

impl OpenError {
    pub(super) fn new(path: &Path, problem: impl Into<String>) -> Self {
        Self { path: path.into(), problem: problem.into() }
    }

    fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let problem = match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                format!("is damaged or no ledger ({error}); move it away and restore the last good copy")
            }
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                format!(
                    "cannot be written ({error}); give the file and its folder to the user that runs this"
                )
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                format!("is held by another program ({error})")
            }
            _ => error.to_string(),
        };
        Self::new(path, problem)
    }
}

/// Held for as long as a daemon runs on a ledger; the system lets go of it when the process ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, never read")] File);

impl Lock {
    /// Takes the lock beside the file; waits a quarter of a second for it at most.
    ///
    /// # Errors
    ///
    /// Another daemon has it, or the folder cannot be written.
    pub fn take(path: &Path) -> Result<Self, OpenError> {
        let beside = beside(path);
        let fail = |e: std::io::Error| OpenError::new(path, format!("cannot lock {}: {e}", beside.display()));
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&beside)
            .map_err(fail)?;
        match lock(&file, || std::thread::sleep(APART)) {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                Err(OpenError::new(path, "another okta-provisioner runs on it; one ledger has one daemon"))
            }
            Err(TryLockError::Error(e)) => Err(fail(e)),
        }
    }

    /// Whether a daemon runs on the file. No, where there is no lock, or none that we may look at.
    #[must_use]
    pub fn is_held(path: &Path) -> bool {
        // Shared, so that two who look do not take each other for a daemon.
        File::open(beside(path))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

fn lock(file: &File, mut pause: impl FnMut()) -> Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => pause(),
            tried => return tried,
        }
    }
    file.try_lock()
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("lock")
}

/// Opens or creates the file, brings its schema up to date.
pub(super) fn open(path: &Path) -> Result<Connection, OpenError> {
    // SQLite gives its side files the mode of the main one.
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(|e| OpenError::new(path, format!("cannot be written: {e}")))?;
    let sqlite = |e| OpenError::sqlite(path, &e);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(sqlite)?;
    connection.set_prepared_statement_cache_capacity(64);
    // One plan for all values: else SQLite plans a join anew for each person.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(sqlite)?;
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8000;")
        .map_err(sqlite)?;
    migrate(path, &mut connection)?;
    Ok(connection)
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    let sqlite = |e| OpenError::sqlite(path, &e);
    let version = version(connection).map_err(sqlite)?;
    if version == VERSION {
        return Ok(());
    }
    check_version(path, version)?;
    let tx = connection.transaction().map_err(sqlite)?;
    for (_, migration) in (0..).zip(MIGRATIONS).filter(|(from, _)| *from >= version) {
        tx.execute_batch(migration).map_err(sqlite)?;
    }
    if version < CHAINED {
        chain::extend(&tx).map_err(|e| OpenError::new(path, e.to_string()))?;
    }
    tx.pragma_update(None, "user_version", VERSION).map_err(sqlite)?;
    tx.commit().map_err(sqlite)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn check_version(path: &Path, version: i64) -> Result<(), OpenError> {
    if version > VERSION {
        let problem =
            format!("was written by a newer okta-provisioner (schema {version}, this one knows {VERSION})");
        return Err(OpenError::new(
            path,
            format!("{problem}; run that version, or restore the copy made before it"),
        ));
    }
    Ok(())
}

/// Refuses a file that nobody has brought up to date yet.
pub(super) fn check_current(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let version = version(connection).map_err(|e| OpenError::sqlite(path, &e))?;
    if version < VERSION {
        let problem =
            format!("was written by an older okta-provisioner (schema {version}, this one reads {VERSION})");
        return Err(OpenError::new(path, format!("{problem}; `run` brings it up to date")));
    }
    Ok(())
}

/// Notes whose ledger it is, or refuses another org's.
pub(super) fn claim(connection: &Connection, path: &Path, org: &str) -> Result<(), OpenError> {
    let fail = |e: super::LedgerError| OpenError::new(path, e.to_string());
    match row::meta(connection, key::ORG).map_err(fail)? {
        None => row::set_meta(connection, key::ORG, Some(org)).map_err(fail),
        Some(owner) if owner == org => Ok(()),
        Some(owner) => {
            let problem = format!("belongs to {owner}, not to {org}; another org needs a ledger of its own");
            Err(OpenError::new(path, problem))
        }
    }
}

/// Opens an existing ledger to read it, whether or not a daemon runs on it.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, OpenError> {
    let sqlite = |e| OpenError::sqlite(path, &e);
    if !path.exists() {
        return Err(OpenError::new(path, "does not exist yet; `run` creates it"));
    }
    // Reading a WAL file needs its shared index, hence no read-only flag.
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(sqlite)?;
    let version = version(&connection).map_err(sqlite)?;
    check_version(path, version)?;
    if version == 0 {
        return Err(OpenError::new(path, "is empty; `run` fills it"));
    }
    Ok(connection)
}

/// The ledger's content in memory.
pub(super) fn copy(path: &Path) -> Result<Connection, OpenError> {
    let sqlite = |e| OpenError::sqlite(path, &e);
    let mut memory = Connection::open_in_memory().map_err(sqlite)?;
    if path.exists() {
        let file = open_to_read(path)?;
        let backup = rusqlite::backup::Backup::new(&file, &mut memory).map_err(sqlite)?;
        backup.run_to_completion(1000, Duration::ZERO, None).map_err(sqlite)?;
    }
    migrate(path, &mut memory)?;
    Ok(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_who_looks_at_that_moment_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.lock");
        let (daemon, looking) = (File::create(&path).unwrap(), File::open(&path).unwrap());
        looking.lock_shared().unwrap();
        let mut pauses = 0;
        assert!(matches!(lock(&daemon, || pauses += 1), Err(TryLockError::WouldBlock)));
        assert_eq!(pauses, TRIES - 1);
        assert!(lock(&daemon, || looking.unlock().unwrap()).is_ok());
    }
}
