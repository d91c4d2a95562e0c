//! Nobody can add a purpose that the user was never asked about.
use sottovoce::consent::{Purpose, PurposeType};

struct Resale;

impl PurposeType for Resale { //~ E0277
    const PURPOSE: Purpose = Purpose::Essential;
}

fn main() {}
