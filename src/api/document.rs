//! The export, put together from what each room knows. Field names stay; what is added raises
//! nothing, so that whoever reads it skips what it does not know; what changes its meaning raises [`VERSION`].

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::api::engine::{Engine, Opened};
use crate::api::error::{Result, SottovoceError};
use crate::api::privacy::PrivacyApi;
use crate::consent::{Decision, ExternalSignals};
use crate::experiments::Exposure;
use crate::profile::{MessageChoices, OwnCopy, Permits, ProfileView, SurfaceIntensity, Told, VisitContext};
use crate::signals::{BudgetView, OutboxView, SentView};

const FORMAT: &str = "sottovoce-export";
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    created_ms: i64,
    store_id: &'a str,
    sdk_version: &'static str,
    /// What a newer version wrote and this copy does not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
    consent: Consent,
    #[serde(flatten)]
    own: OwnCopy,
    profile: ProfileView,
    /// How much each part of the app may be made for the user.
    surfaces: Vec<SurfaceIntensity>,
    /// What the app told of this visit's surroundings.
    context: Option<VisitContext>,
    /// Messages that were shown, and what the user does not want to be told.
    messages: Messages,
    experiments: Vec<Exposure>,
    reports: Reports,
}

#[derive(Serialize)]
struct Messages {
    shown: Vec<Told>,
    #[serde(flatten)]
    choices: MessageChoices,
}

#[derive(Serialize)]
struct Consent {
    policy: String,
    region_rule: String,
    signals: ExternalSignals,
    decisions: Vec<Decision>,
    receipts: Value,
}

#[derive(Serialize)]
struct Reports {
    waiting: Vec<OutboxView>,
    sent: Vec<SentView>,
    budget: BudgetView,
}

/// Everything kept about the user, as JSON.
pub(super) fn document(engine: &Arc<Engine>) -> Result<String> {
    let opened = engine.opened()?;
    let (now_ms, permits) = (engine.clock.now_ms(), Permits::ask(&opened.gate));
    let mut document = Document {
        format: FORMAT,
        version: VERSION,
        created_ms: now_ms,
        store_id: &engine.config.store_id,
        sdk_version: env!("CARGO_PKG_VERSION"),
        left_out: Vec::new(),
        consent: consent(&opened)?,
        own: own_copy(&opened)?,
        profile: opened.profile.view(&*engine.catalog_or_empty()?, &permits, now_ms)?,
        surfaces: opened.profile.intensities(),
        context: opened.profile.context(),
        messages: messages(&opened)?,
        experiments: exposures(&opened)?,
        reports: reports(engine)?,
    };
    document.left_out = opened.newer();
    serde_json::to_string_pretty(&document).map_err(|_| SottovoceError::internal("the export"))
}

fn own_copy(opened: &Opened) -> Result<OwnCopy> {
    let (history, preferences) = (opened.gate.access(), opened.gate.access());
    Ok(opened.profile.own_copy(&opened.gate, history.as_ref(), preferences.as_ref())?)
}

fn messages(opened: &Opened) -> Result<Messages> {
    let permit = opened.gate.access();
    let shown = opened.profile.own_messages(&opened.gate, permit.as_ref())?;
    Ok(Messages { shown, choices: opened.profile.message_choices() })
}

fn exposures(opened: &Opened) -> Result<Vec<Exposure>> {
    let seen = opened.gate.access().map(|permit| opened.experiments.own_copy(&opened.gate, &permit));
    Ok(seen.transpose()?.unwrap_or_default())
}

fn consent(opened: &Opened) -> Result<Consent> {
    let snapshot = opened.gate.snapshot();
    Ok(Consent {
        policy: snapshot.policy,
        region_rule: snapshot.region_rule,
        signals: opened.gate.signals(),
        decisions: snapshot.decisions,
        receipts: opened.gate.receipts_document()?,
    })
}

fn reports(engine: &Arc<Engine>) -> Result<Reports> {
    let privacy = PrivacyApi { engine: engine.clone() };
    Ok(Reports { waiting: privacy.outbox()?, sent: privacy.sent()?, budget: privacy.budget()? })
}
