//! Looking at the ledger: its receipts, its head for a witness, and whether it verifies.

use crate::base::codec::{Record as _, Unread};
use crate::base::random;
use crate::consent::ConsentError;
use crate::consent::gate::Gate;
use crate::consent::ledger::receipt::Receipt;
use crate::consent::ledger::{
    LedgerCheck, LedgerHead, Replayed, Signed, SignedLedger, Stored, WITNESS, uuid,
};
use crate::consent::stored::CONSENT;
use crate::vault::tables::HEADS;
use crate::vault::{Durability, VaultError};

impl Gate {
    /// The receipts after `seq`, oldest first.
    #[must_use]
    pub fn receipts(&self, since_seq: u64) -> Vec<Receipt> {
        let state = self.state();
        state.receipts().iter().filter(|r| r.seq > since_seq).map(|r| Receipt::clone(r)).collect()
    }

    /// Reads the whole ledger from disk again and checks every signature and link.
    ///
    /// # Errors
    /// [`ConsentError::Vault`] when it cannot be read, [`ConsentError::Newer`] when a newer version went on with it.
    pub fn verify_ledger(&self) -> Result<LedgerCheck, ConsentError> {
        let _one_at_a_time = self.changing()?;
        let state = self.state();
        let stored = self.vault.read(Stored::load)?;
        let Replayed { mut check, newer, .. } = stored.replay(state.key())?;
        if let Some(newer) = newer {
            return Err(newer.into());
        }
        if check.broken_at.is_none() && check.verified < state.check().verified {
            check.broken_at = Some(check.verified.saturating_add(1)); // head and end cut off together
        }
        Ok(check)
    }

    /// The ledger's head, for a witness: kept elsewhere, it shows later whether the ledger was
    /// written anew. Sending it is the app's choice.
    ///
    /// # Errors
    /// [`ConsentError`] when the ledger's random name can neither be read nor made, or its end is not known here.
    pub fn head(&self) -> Result<LedgerHead, ConsentError> {
        self.not_newer()?;
        let known = match self.vault.read(|r| r.get(CONSENT, HEADS, WITNESS)) {
            Err(VaultError::Damaged { what: "record" }) => None,
            other => other?,
        };
        let ledger_id = match known {
            Some(id) => String::from_utf8(id.to_vec()).map_err(|_| ConsentError::Encoding)?,
            None => {
                let id = uuid(random::bytes(&*self.random)?);
                self.vault.write(Durability::Full, |w| w.put(CONSENT, HEADS, WITNESS, id.as_bytes()))?;
                id
            }
        };
        let state = self.state();
        Ok(LedgerHead {
            ledger_id,
            policy_hash: state.notice_hash().into(),
            head_hash: state.check().head_hash.clone(),
        })
    }

    /// Every record with its signature, for an export; those of a newer version are left out.
    pub(crate) fn signed_receipts(&self) -> Result<SignedLedger, ConsentError> {
        let state = self.state();
        let stored = self.vault.read(Stored::load)?;
        let mut all = Vec::new();
        for record in stored.records {
            let signed = match Signed::decode(&record.bytes) {
                Err(Unread::Newer(_)) => continue,
                other => other?,
            };
            if let Ok(receipt) = signed.receipt() {
                all.push((receipt, signed));
            }
        }
        Ok((state.key().clone(), all))
    }
}
