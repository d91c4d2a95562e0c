//! What a newer catalog marks: out of the history and into the compartment of its topic, as far as there is a yes to it.

use crate::base::sensitive::{SensitiveTag, SensitiveTags};
use crate::consent::ConsentError;
use crate::consent::gate::Gate;
use crate::consent::gate::records::Writing;
use crate::consent::gate::retention::RetentionPermit;
use crate::consent::gate::sensitive;
use crate::consent::purpose::{History, Purpose};
use crate::vault::{Secret, Table};

/// Permission to take out of the history what has turned out to be about a sensitive topic.
///
/// It is given whatever a signal denies at the moment, as a [`RetentionPermit`] is: what is sealed is sealed where it
/// belongs. It moves and deletes, no more.
pub struct PartingPermit {
    permit: RetentionPermit<History>,
    topics: SensitiveTags,
}

impl PartingPermit {
    /// The topics that the user said yes to.
    #[must_use]
    pub const fn topics(&self) -> SensitiveTags {
        self.topics
    }
}

/// What becomes of a record of the history.
pub enum Parted {
    /// It stays as it is.
    Stays,
    /// It is taken apart.
    Apart {
        /// What stays of it, if anything.
        left: Option<Secret>,
        /// What is about a topic. Without a yes to the topic it is deleted.
        moved: Vec<(SensitiveTag, Secret)>,
    },
}

impl Gate {
    /// A permit to take the history apart by a catalog of this taxonomy; none while the answers or the policy that they
    /// were given to are not known.
    #[must_use]
    pub fn parting(&self, taxonomy_version: u32) -> Option<PartingPermit> {
        // The generation is read first: a change in between leaves a permit that is already dead.
        let permit = self.retention::<History>();
        let (state, now) = (self.state(), self.clock.now());
        if state.is_broken() || state.policy().stands_in() {
            return None;
        }
        let meant = state.policy().sensitive.taxonomy_version == taxonomy_version;
        let topics = SensitiveTag::ALL.into_iter().filter(|&tag| meant && state.of_tag(tag, now).is_grant());
        Some(PartingPermit { permit, topics: topics.collect() })
    }
}

impl Writing<'_, '_> {
    /// Shows every record of a table of the history to `part`, whether or not it may be used, and does what that says;
    /// what is moved is appended to the table `to` of its topic.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] when consent has changed since the permit was given, or
    /// [`ConsentError::Vault`].
    pub fn part(
        &mut self,
        permit: &PartingPermit,
        from: Table,
        to: Table,
        mut part: impl FnMut(&[u8]) -> Parted,
    ) -> Result<(), ConsentError> {
        permit.permit.check()?;
        let (writer, history) = (self.writer(), Purpose::History.compartment());
        let mut apart = Vec::new();
        writer.each(history, from, |id, bytes| {
            if let Parted::Apart { left, moved } = part(bytes) {
                apart.push((id, left, moved));
            }
            Ok::<_, ConsentError>(())
        })?;
        for (id, left, moved) in apart {
            for (tag, bytes) in moved.iter().filter(|(tag, _)| permit.topics.contains(*tag)) {
                writer.append(sensitive::compartment(*tag), to, bytes)?;
            }
            match left {
                Some(bytes) => writer.rewrite(history, id, &bytes)?,
                None => drop(writer.delete(history, &[id])?),
            }
        }
        Ok(())
    }
}
