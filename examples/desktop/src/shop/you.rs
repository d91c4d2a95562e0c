//! What the engine knows about the user, and their word on it.

use sottovoce::api::{Word, word_text};
use sottovoce::profile::EventName;

use super::{Failure, Shop};
use crate::seen::{Act, Seen};
use crate::state::Action;

/// Days that are kept for the plot of how interests fade.
const DAYS: usize = 60;

impl Shop {
    pub(super) fn about_you(&mut self, action: Action, seen: &mut Seen) -> Result<Option<String>, Failure> {
        match action {
            Action::Correct(correction) => {
                let report = self.engine.profile().correct(correction)?;
                seen.why = None;
                return Ok(Some(format!("{}: {}", self.lang.say("Events erased"), report.events_removed)));
            }
            Action::Mode(mode) => {
                self.engine.events().set_mode(mode)?;
                seen.you.mode = mode;
            }
            Action::Prefer(key, value, true) => self.engine.preferences().set(key, value)?,
            Action::Prefer(key, value, false) => self.engine.preferences().remove(key, value)?,
            _ => {}
        }
        Ok(None)
    }

    pub(super) fn read_you(&self, seen: &mut Seen) -> Result<(), Failure> {
        let view = self.engine.profile().view()?;
        let (day, inferred) = (self.days(), view.inferred.clone());
        seen.you.decay.retain(|(at, _)| *at < day);
        seen.you.decay.push((day, inferred));
        let over = seen.you.decay.len().saturating_sub(DAYS);
        seen.you.decay.drain(..over);
        seen.you.view = Some(view);
        seen.you.segments = self.engine.profile().segments(self.locale())?;
        seen.you.predictions = Some(self.engine.profile().predictions()?);
        seen.you.form = Some(self.engine.preferences().form(self.locale())?);
        seen.you.acts = self.acts()?;
        Ok(())
    }

    /// The acts of the user's own copy, the newest first.
    pub(super) fn acts(&self) -> Result<Vec<Act>, Failure> {
        let copy: serde_json::Value = serde_json::from_str(&self.engine.data().export()?)?;
        let events = copy["events"].as_array().cloned().unwrap_or_default();
        let act = |event: &serde_json::Value| {
            let ids = event["items"].as_array().into_iter().flatten();
            let ids: Vec<String> = ids.filter_map(|i| Some(i["item_id"].as_str()?.to_owned())).collect();
            let mut about = self.titles(ids);
            about.extend(event["search_term"].as_str().map(|term| format!("“{term}”")));
            let name = event["name"].as_str().unwrap_or_default();
            let named = EventName::parse(name).map(|name| word_text(Word::Act { name }, self.locale()));
            Act {
                time_ms: event["time_ms"].as_i64().unwrap_or_default(),
                name: named.unwrap_or_else(|| name.to_owned()),
                about: about.join(", "),
                stored: event["kept"] == "stored",
            }
        };
        Ok(events.iter().rev().map(act).collect())
    }

    fn titles(&self, ids: Vec<String>) -> Vec<String> {
        let found = self.engine.catalog().items(ids).unwrap_or_default();
        found.into_iter().map(|item| item.title).collect()
    }

    /// What a thief would look for: ids, titles and makers of what the user touched, and what they searched for.
    pub(super) fn own_words(&self) -> Result<Vec<String>, Failure> {
        let copy: serde_json::Value = serde_json::from_str(&self.engine.data().export()?)?;
        let events = copy["events"].as_array().cloned().unwrap_or_default();
        let items = events.iter().flat_map(|e| e["items"].as_array().cloned().unwrap_or_default());
        let ids: Vec<String> =
            items.filter_map(|i| Some(i["item_id"].as_str()?.to_owned())).take(1000).collect();
        let searched = events.iter().filter_map(|e| e["search_term"].as_str().map(str::to_owned));
        let known = self.engine.catalog().items(ids.clone())?;
        let named = known.into_iter().flat_map(|i| [Some(i.title), i.brand].into_iter().flatten());
        let mut words: Vec<String> = ids.into_iter().chain(named).chain(searched).collect();
        words.sort_unstable();
        words.dedup();
        Ok(words)
    }
}
