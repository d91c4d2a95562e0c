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
        if self.options.keyring {
            return Err("keys in the keyring cannot be copied".into());
        }
        let base = tempfile::tempdir()?;
        disk::copy(&self.home, &base.path().join("engine"))?;
        disk::copy(&self.options.folder.join(&self.merchant.store).join("keys"), &base.path().join("keys"))?;
        // Opened and closed once, so that all of it is in one file.
        self.examine(base.path());
        let file = disk::database(&base.path().join("engine/vault"))?;
        let sound = std::fs::read(base.path().join("engine/vault").join(&file))?;
        let written: Vec<usize> =
            (0..sound.len()).filter(|at| sound.get(*at).is_some_and(|b| *b != 0)).collect();
        let mut best: Option<Flipped> = None;
        for copies in 1..=COPIES {
            let at = written.len() * copies as usize / (COPIES as usize + 1);
            let offset = *written.get(at).ok_or("there is nothing to flip")?;
            let place = tempfile::tempdir()?;
            disk::copy(base.path(), place.path())?;
            let mut bytes = sound.clone();
            if let Some(byte) = bytes.get_mut(offset) {
                *byte ^= 1;
            }
            std::fs::write(place.path().join("engine/vault").join(&file), &bytes)?;
            let (named, check) = self.examine(place.path());
            let flipped = Flipped { file: file.clone(), offset, copies, named };
            if check.is_some_and(|c| c.broken_at.is_some()) {
                return Ok(flipped);
            }
            best = best.filter(|b| b.named.len() >= flipped.named.len()).or(Some(flipped));
        }
        best.map(|b| Flipped { copies: COPIES, ..b }).ok_or_else(|| "there is nothing to flip".into())
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
        if let Some(opening) =
            engine.status().opening.filter(|o| o.damaged || o.rolled_back || o.records_lost > 0)
        {
            named.insert(format!(
                "damaged: {}, rolled back: {}, records lost: {}",
                opening.damaged, opening.rolled_back, opening.records_lost
            ));
        }
        if let Ok(found) = engine.integrity() {
            named.extend(found.findings.iter().map(|finding| format!("{finding:?}")));
        }
        engine.shutdown();
        (named.into_iter().collect(), check.ok())
    }
}
