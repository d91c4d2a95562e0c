//! The database: its format, its rows, and the transactions that read and write them.

pub(crate) mod head;
pub(crate) mod integrity;
pub(crate) mod meta;
pub(crate) mod raw;
pub(crate) mod reader;
pub(crate) mod schema;
pub(crate) mod session;
pub(crate) mod tx;
pub(crate) mod usage;
pub(crate) mod writer;
