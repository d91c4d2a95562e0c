//! Consent: answers, signals, the ledger, policies.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use sottovoce::api::{Config, Sottovoce};
use sottovoce::consent::{Choice, LedgerCheck};
use sottovoce::vault::FileKeyStore;

use super::{Failure, Shop, disk};
use crate::seen::{Flipped, Seen};
use crate::state::Action;

/// Copies that are made at most until a flipped byte hits the ledger.
const COPIES: u32 = 24;

impl Shop {
    pub(super) fn consent(&mut self, action: Action, seen: &mut Seen) -> Result<Option<String>, Failure> {
        let (api, surface) = (self.engine.consent(), "desktop".to_owned());
        match action {
            Action::AcceptAll => drop(api.accept_all(surface, self.locale())?),
            Action::RefuseAll => drop(api.refuse_all(surface, self.locale())?),
            Action::Withdraw(purpose) => {
                seen.consent.erased = Some(api.withdraw(vec![purpose], surface, self.locale())?);
            }
            Action::Topic(tag, yes) => {
                let choice = if yes { Choice::Give } else { Choice::Refuse };
                api.answer_sensitive(tag, choice, surface, self.locale())?;
            }
            Action::Signals(signals) => {
                let applied = api.apply_signals(signals.clone());
                seen.consent.signals = signals;
                applied?;
            }
            Action::Verify => seen.consent.check = Some(api.verify_ledger()?),
            Action::Flip => seen.consent.flipped = Some(self.flip()?),
            Action::NextPolicy => {
                let next = self.policies + 1;
                let policy = self.merchant.policy(next)?.ok_or("only the merchant's key signs a policy")?;
                seen.consent.diff = Some(api.apply_policy(policy)?);
                self.policies = next;
            }
            Action::ExportReceipts => {
                let path = self.options.folder.join("receipts.jsonld");
                std::fs::write(&path, api.export_receipts()?)?;
                return Ok(Some(path.display().to_string()));
            }
            _ => {}
        }
        Ok(None)
    }

    pub(super) fn read_consent(&self, seen: &mut Seen) -> Result<(), Failure> {
        let api = self.engine.consent();
        let prompt = api.pending_prompt(self.locale())?;
        if let Some(prompt) = prompt.as_ref().filter(|_| !seen.consent.is_due) {
            let shown = prompt.purposes.iter().map(|p| p.purpose).collect();
            api.served(shown, "desktop".into(), self.locale())?;
        }
        seen.consent.is_due = prompt.is_some();
        seen.consent.center = Some(api.center(self.locale())?);
        seen.consent.snapshot = Some(api.snapshot()?);
        Ok(())
    }

    /// Flips one byte in a copy of the vault and asks an engine on the copy what is wrong, byte after byte until the
    /// ledger itself is hit. The keys are copied as well, so that this device's own stay as they are.
    fn flip(&self) -> Result<Flipped, Failure> {
        let keys = self.options.folder.join(&self.merchant.store).join("keys");
        if self.options.keyring {
            return Err("keys in the keyring cannot be copied".into());
        }
        let file = disk::largest(&self.home.join("vault"))?;
        let length = usize::try_from(std::fs::metadata(self.home.join("vault").join(&file))?.len())?;
        let mut last = None;
        for copy in 1..=COPIES {
            let offset = length - length * copy as usize / (COPIES as usize + 1);
            let place = tempfile::tempdir()?;
            disk::copy(&self.home, &place.path().join("engine"))?;
            disk::copy(&keys, &place.path().join("keys"))?;
            let path = place.path().join("engine/vault").join(&file);
            let mut bytes = std::fs::read(&path)?;
            bytes[offset] ^= 0x01;
            std::fs::write(&path, &bytes)?;
            let (named, check) = self.examine(place.path());
            let hit = check.is_some_and(|c| c.broken_at.is_some());
            let flipped = Flipped { file: file.clone(), offset, copies: copy, named };
            if hit {
                return Ok(flipped);
            }
            if !flipped.named.is_empty() || last.is_none() {
                last = Some(Flipped { copies: COPIES, ..flipped });
            }
        }
        last.ok_or_else(|| "there is nothing to flip".into())
    }

    /// What an engine on a copy says of it.
    fn examine(&self, place: &Path) -> (Vec<String>, Option<LedgerCheck>) {
        let home = place.join("engine").display().to_string();
        let config = Config::new(&self.merchant.store, &home, self.merchant.public_key.as_bytes());
        let keys = Arc::new(FileKeyStore::new(place.join("keys")));
        let mut named = BTreeSet::new();
        let opened =
            Sottovoce::with_sources(config, keys, None, self.clock.clone(), self.options.random.clone());
        let engine = match opened {
            Ok(engine) => engine,
            Err(error) => return (vec![error.to_string()], None),
        };
        if let Err(error) = engine.unlock() {
            return (vec![error.to_string()], None);
        }
        let check = engine.consent().verify_ledger();
        match &check {
            Ok(LedgerCheck { broken_at: Some(seq), .. }) => drop(named.insert(format!("receipt #{seq}"))),
            Ok(_) => {}
            Err(error) => drop(named.insert(error.to_string())),
        }
        if let Ok(found) = engine.integrity() {
            named.extend(found.findings.iter().map(|finding| format!("{finding:?}")));
        }
        engine.shutdown();
        (named.into_iter().collect(), check.ok())
    }
}
