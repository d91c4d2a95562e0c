//! What the user says about sensitive topics. A liking needs a yes to the topic, and ends with it. A refusal needs none:
//! nobody has to agree to anything to be spared something.

use std::cell::Cell;

use crate::base::limits::TAG;
use crate::base::sensitive::{SensitiveTag, SensitiveTags};
use crate::catalog::Catalog;
use crate::consent::{ConsentError, Gate, Preferences, SensitivePermit, Trim};
use crate::profile::evidence::find_tags;
use crate::profile::interaction::topics_of_tag;
use crate::profile::parts::place;
use crate::profile::stated::{PreferenceKey, Stated};
use crate::profile::store::trim_list;
use crate::profile::{Permits, Profile, ProfileError};
use crate::vault::Durability;
use crate::vault::tables::PREFERENCES;

/// The sensitive topics of what the user likes by saying this. What the catalog does not have has none.
pub(super) fn liked_topics(catalog: &Catalog, key: PreferenceKey, value: &str) -> SensitiveTags {
    match (key, key.tag_kind()) {
        (PreferenceKey::MoreLikeItem, _) => {
            catalog.named(value).map(|of| catalog.sensitive_of(of)).unwrap_or_default()
        }
        (_, Some((kind, false))) => {
            let topics = find_tags(catalog, kind, value).map(|tag| topics_of_tag(catalog, tag));
            topics.fold(SensitiveTags::NONE, SensitiveTags::union)
        }
        _ => SensitiveTags::NONE,
    }
}

impl Profile {
    /// Checks that what the user says may be kept.
    ///
    /// # Errors
    /// [`ProfileError::OutOfBounds`] for too long a value; [`ProfileError::SensitiveTopic`] for a liking of what is about a topic without a yes to it, or about several.
    pub fn may_say(
        &self,
        permits: &Permits,
        catalog: &Catalog,
        key: PreferenceKey,
        value: &str,
    ) -> Result<(), ProfileError> {
        TAG.text("value", value)?;
        let allowed = permits.topics(catalog).map(SensitivePermit::tag).collect();
        let place = place(liked_topics(catalog, key, value.trim()), allowed);
        place.map(drop).ok_or(ProfileError::SensitiveTopic)
    }

    /// Takes back likings of what is about a sensitive topic without a yes to it, or about `erased`, also where they may
    /// not be used at the moment. Tells whether there were any.
    ///
    /// # Errors
    /// The vault failed, or consent has changed.
    pub fn follow_topics(
        &self,
        gate: &Gate,
        catalog: &Catalog,
        erased: Option<SensitiveTag>,
    ) -> Result<bool, ProfileError> {
        let _one_at_a_time = self.writing()?;
        let permit = gate.retention::<Preferences>();
        let Some(parting) = gate.parting(catalog.taxonomy().version) else { return Ok(false) };
        let allowed = parting.topics().iter().filter(|tag| Some(*tag) != erased).collect();
        let kept = |stated: &Stated| {
            stated.only(|p| place(liked_topics(catalog, p.key, &p.value), allowed).is_some())
        };
        let found = Cell::new(false);
        let trim = |bytes: &[u8]| match trim_list(bytes, kept) {
            shorter @ Trim::Replace(_) => {
                found.set(true);
                shorter
            }
            Trim::Keep | Trim::Delete => Trim::Keep,
        };
        gate.write::<_, ConsentError>(Durability::Normal, |w| {
            w.trim(&permit, PREFERENCES, |bytes| {
                drop(trim(bytes));
                Trim::Keep
            })
        })?;
        if found.get() {
            gate.write::<_, ConsentError>(Durability::Erasing, |w| w.trim(&permit, PREFERENCES, trim))?;
            self.change(|s| s.stated = kept(&s.stated));
        }
        Ok(found.get())
    }
}
