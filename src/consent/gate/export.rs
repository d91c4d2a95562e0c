//! The ledger in a form that others read: ISO/IEC TS 27560 records in JSON-LD, in the terms of the
//! Data Privacy Vocabulary. Each record carries the signed bytes, so that it can be checked.

use serde_json::{Value, json};

use crate::base::signed::hex;
use crate::consent::ConsentError;
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::ledger::Signed;
use crate::consent::ledger::receipt::{Receipt, ReceiptPurpose};

const CONTEXT: &str = "https://w3id.org/dpv/2.3";

impl Gate {
    /// Every receipt as a JSON-LD document, oldest first, with the key that checks the signatures.
    ///
    /// # Errors
    /// [`ConsentError`] when the ledger cannot be read.
    pub fn export_receipts(&self) -> Result<String, ConsentError> {
        serde_json::to_string_pretty(&self.receipts_document()?).map_err(|_| ConsentError::Encoding)
    }

    /// The same, to be put into a larger document.
    ///
    /// # Errors
    /// As [`export_receipts`](Self::export_receipts).
    pub fn receipts_document(&self) -> Result<Value, ConsentError> {
        let (key, receipts) = self.signed_receipts()?;
        let public = key.public()?;
        let records: Vec<Value> = receipts.iter().map(|(receipt, signed)| record(receipt, signed)).collect();
        Ok(json!({
            "@context": { "dpv": format!("{CONTEXT}#"), "dct": "http://purl.org/dc/terms/", "xsd": "http://www.w3.org/2001/XMLSchema#" },
            "@type": "dpv:ConsentRecord",
            "conformsTo": "ISO/IEC TS 27560:2023",
            "publicKey": { "algorithm": "Ed25519", "value": hex(public.as_bytes()) },
            "records": records,
        }))
    }
}

fn record(receipt: &Receipt, signed: &Signed) -> Value {
    json!({
        "@type": "dpv:ConsentRecord",
        "schemaVersion": receipt.schema,
        "recordId": receipt.record_id,
        "position": receipt.seq,
        "previousHash": receipt.prev_hash,
        "supersedes": receipt.supersedes,
        "dpv:hasDataSubject": "the user of this device, without an identifier",
        "dpv:hasDataController": receipt.controller,
        "dpv:hasStorageLocation": "dpv:WithinDevice",
        "dpv:hasNotice": {
            "policy": receipt.policy,
            "policyHash": receipt.notice_hash,
            "screenHash": receipt.screen_hash,
            "dct:language": receipt.locale,
            "surface": receipt.surface,
        },
        "dpv:hasJurisdiction": receipt.region_rule,
        "ageBand": receipt.age_band,
        "optOutSignal": receipt.opt_out_signal,
        "event": {
            "type": receipt.action,
            "time": receipt.time_ms,
            "entity": "dpv:DataSubject",
        },
        "dpv:hasWithdrawalMethod": "the app's preference center, in one call",
        "dpv:hasPurpose": receipt.purposes.iter().map(purpose).collect::<Vec<_>>(),
        "sensitive": receipt.sensitive.iter().map(|tag| json!({
            "tag": tag.tag,
            "dpv:hasConsentStatus": status(tag.state),
            "validUntil": tag.valid_until_ms,
        })).collect::<Vec<_>>(),
        "software": receipt.sdk_version,
        "proof": { "body": hex(&signed.body), "signature": hex(&signed.signature) },
    })
}

fn purpose(entry: &ReceiptPurpose) -> Value {
    json!({
        "id": entry.purpose,
        "@type": entry.purpose.dpv(),
        "dpv:hasLegalBasis": entry.legal_basis,
        "mechanism": entry.mechanism,
        "dpv:hasConsentStatus": status(entry.state),
        "retentionDays": entry.retention_days,
        "validUntil": entry.valid_until_ms,
    })
}

/// The state as a term of the vocabulary, which has none of its own for an objection.
const fn status(state: ConsentState) -> &'static str {
    match state {
        ConsentState::Unknown => "dpv:ConsentUnknown",
        ConsentState::Requested => "dpv:ConsentRequested",
        ConsentState::Deferred => "dpv:ConsentRequestDeferred",
        ConsentState::Given => "dpv:ConsentGiven",
        ConsentState::Renewed => "dpv:RenewedConsentGiven",
        ConsentState::Refused | ConsentState::Objected => "dpv:ConsentRefused",
        ConsentState::Withdrawn => "dpv:ConsentWithdrawn",
        ConsentState::Expired => "dpv:ConsentExpired",
        ConsentState::Invalidated => "dpv:ConsentInvalidated",
    }
}
