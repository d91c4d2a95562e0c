//! Sensitive tags: each is allowed on its own, for a shorter time, and lives under a key of its own.

use crate::base::sensitive::{SensitiveTag, SensitiveTags};
use crate::consent::ConsentError;
use crate::consent::decision::SensitiveDecision;
use crate::consent::gate::Gate;
use crate::consent::permit::{SensitivePermit, Term};
use crate::consent::state::current::Answer;
use crate::consent::state::decide;
use crate::vault::Compartment;

/// Compartments of tags come after those of purposes.
const FIRST: u16 = 100;

/// The part of the vault that holds data about `tag`.
pub(crate) const fn compartment(tag: SensitiveTag) -> Compartment {
    Compartment(FIRST + tag as u16)
}

impl Gate {
    /// Decides about a sensitive tag. `taxonomy_version` is that of the catalog which found the
    /// tag; one that the policy does not know blocks.
    #[must_use]
    pub fn decide_sensitive(&self, tag: SensitiveTag, taxonomy_version: u32) -> SensitiveDecision {
        decide::decide_tag(&self.counting(), tag, taxonomy_version, self.clock.now())
    }

    /// A permit for `tag`, or the decision that denies it.
    ///
    /// # Errors
    /// The [`SensitiveDecision`], with the reason.
    pub fn sensitive_permit(
        &self,
        tag: SensitiveTag,
        taxonomy_version: u32,
    ) -> Result<SensitivePermit, Box<SensitiveDecision>> {
        let generation = self.clock.generation();
        let decision = self.decide_sensitive(tag, taxonomy_version);
        if !decision.allowed {
            return Err(Box::new(decision));
        }
        let until = self.state().tag_answer(tag).and_then(Answer::until);
        Ok(SensitivePermit::issue(Term::new(generation, until, &self.clock), tag, taxonomy_version))
    }

    /// The permits for every tag that is allowed, by the taxonomy that the policy was written for.
    #[must_use]
    pub fn sensitive_permits(&self) -> Vec<SensitivePermit> {
        let state = self.state();
        let terms = &state.policy().sensitive;
        let asked = terms.tags.iter();
        asked.filter_map(|&tag| self.sensitive_permit(tag, terms.taxonomy_version).ok()).collect()
    }

    /// Whether something is kept about a tag that may not be used at the moment.
    #[must_use]
    pub fn has_sealed_tags(&self) -> bool {
        let allowed: SensitiveTags = self.sensitive_permits().iter().map(SensitivePermit::tag).collect();
        let mut others = SensitiveTag::ALL.into_iter().filter(|tag| !allowed.contains(*tag));
        let found = self.vault.read(|r| Ok::<_, ConsentError>(others.any(|tag| r.has(compartment(tag)))));
        found.unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::numbers;
    use crate::consent::purpose::Purpose;

    #[test]
    fn every_compartment_keeps_its_number() {
        let purposes = Purpose::ALL.map(|p| (p.id(), p.compartment()));
        let tags = SensitiveTag::ALL.map(|tag| (tag.name(), compartment(tag)));
        let all = purposes.into_iter().chain(tags);
        numbers::hold("compartment", all.map(|(name, Compartment(number))| (name.to_owned(), number.into())));
    }
}
