//! Every way in which consent changes. Each is one file that reads from top to bottom.

pub(crate) mod answer;
pub(crate) mod draft;
pub(crate) mod erase_all;
pub(crate) mod expire;
pub(crate) mod import;
pub(crate) mod policy;
pub(crate) mod reconcile;
pub(crate) mod report;
pub(crate) mod target;
pub(crate) mod withdraw;
