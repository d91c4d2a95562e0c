//! A process that forks while its engine is open.
#![cfg(unix)]
#![allow(missing_docs, reason = "a test")]

mod support;

use std::sync::Arc;

use sottovoce::SottovoceError;
use sottovoce::consent::Purpose;

use sottovoce::random::SystemRandom;
use sottovoce::vault::{Compartment, Durability, FileKeyStore, Table, Vault, VaultError};

use support::Phone;

const C: Compartment = Compartment(3);
const T: Table = Table(20);

#[test]
#[allow(unsafe_code, reason = "there is no other way to fork")]
fn a_forked_child_is_refused_and_its_parent_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(FileKeyStore::new(dir.path().join("keys")));
    let open =
        || Vault::open(&dir.path().join("vault"), "shop", keys.clone(), Arc::new(SystemRandom)).unwrap();
    let (vault, _) = open();
    vault.write(Durability::Full, |w| w.append(C, T, b"before")).unwrap();
    // SAFETY: the child makes plain calls and leaves without running anything of its parent's.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let refused = vault.write(Durability::Full, |w| w.append(C, T, b"in the child"));
        let erased = vault.erase(&[C], 1, |_| Ok(()));
        let right = matches!(refused, Err(VaultError::Forked)) && matches!(erased, Err(VaultError::Forked));
        drop(vault);
        // SAFETY: as above.
        unsafe { libc::_exit(if right { 0 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(status, 0, "the child was not refused");
    vault.write(Durability::Anchored, |w| w.append(C, T, b"after")).unwrap();
    assert!(vault.integrity().unwrap().is_sound());
    drop(vault);
    let (vault, opening) = open();
    assert!(!opening.rolled_back && !opening.damaged, "{opening:?}");
    assert_eq!(vault.read(|r| r.count(C, T)).unwrap(), 2);
}

#[test]
#[allow(unsafe_code, reason = "there is no other way to fork")]
fn a_forked_child_reads_nothing() {
    let phone = Phone::new();
    let engine = phone.engine();
    engine.consent().accept_all("notice".into(), "en".into()).unwrap();
    assert!(engine.consent().is_allowed(Purpose::History));
    // SAFETY: the child makes plain calls and leaves without running anything of its parent's.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let right = engine.data().export() == Err(SottovoceError::Forked)
            && !engine.consent().is_allowed(Purpose::History);
        // SAFETY: as above.
        unsafe { libc::_exit(if right { 0 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(status, 0, "the child was not refused");
    assert!(engine.consent().is_allowed(Purpose::History));
}
