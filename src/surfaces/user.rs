//! Who is being served, and what of them may be used.

use crate::profile::{Profile, Uses};

/// The user a surface serves, with the permits in force for one list. Whoever may not be known
/// is no user: they get the list that is the same for everyone.
#[derive(Clone, Copy)]
pub struct User<'a> {
    /// What is known.
    pub profile: &'a Profile,
    /// What of it may be used.
    pub uses: Uses<'a>,
}
