//! Why a row was repaired, left out or rejected, and what to do about it.

use serde::Serialize;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It cannot be used.
    Rejected,
    /// It is not for sale, as the shop itself says.
    LeftOut,
    /// It was taken without what was wrong with it.
    Repaired,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident: $outcome:ident, $text:literal, $advice:literal;)+) => {
        /// Why a row was not taken as it stands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Reason { $(#[doc = $text] $name,)+ }

        impl Reason {
            /// What became of the row.
            #[must_use]
            pub const fn outcome(self) -> Outcome {
                match self { $(Self::$name => Outcome::$outcome,)+ }
            }

            /// What is wrong.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What to do about it; empty if nothing has to be done.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)+ }
            }
        }
    };
}

reasons! {
    Missing: Rejected, "is empty", "every item needs it";
    PriceUnreadable: Rejected, "is no price", "write it like 12.99 EUR";
    PriceAmbiguous: Rejected, "can be read in two ways", "write the decimals, like 1299.00 EUR";
    PriceNegative: Rejected, "is below zero", "write what a buyer pays";
    TooManyDecimals: Rejected, "has more decimals than its currency", "round it in the feed";
    CurrencyMissing: Rejected, "has no currency", "write it like 12.99 EUR, or say --currency";
    CurrencyUnknown: Rejected, "has no currency of ISO 4217", "write it like 12.99 EUR";
    CurrencyAmbiguous: Rejected, "has a sign that several currencies share", "write the code, like USD";
    AvailabilityUnknown: Rejected, "is no availability", "write in_stock, out_of_stock, preorder or backorder";
    SensitiveTagUnknown: Rejected, "has a word that is no sensitive tag", "without it the item's buyers would be exposed: see docs/feeds.md for the twelve words";
    IdRepeated: Rejected, "is the id of an earlier row", "give every variant an id of its own";
    IdBroken: Rejected, "has characters that cannot be read", "say --encoding, or write the feed as UTF-8";
    IdTooLong: Rejected, "is too long for an id", "use at most 128 bytes";
    QuoteOpen: Rejected, "the row opens a quote that nothing closes", "close it, or write it twice";
    TooManyCells: Rejected, "the row has more cells than the header", "quote cells that hold the delimiter";
    RowTooLong: Rejected, "the row is longer than 16 MiB", "shorten its texts";
    ProductMissing: Rejected, "the row belongs to a product whose first row is missing or was rejected", "look for that row";
    NotJson: Rejected, "the line is no JSON object", "write one object a line";
    NotAProduct: Rejected, "the object has none of a product's fields", "write at least id, title and price";
    OutOfOrder: Rejected, "the events are not in the order of time", "sort each user's events";
    EventUnknown: Rejected, "an event has an unknown type", "write view, cart or purchase";
    CaseOutside: Rejected, "an evaluation case lies outside the events", "count events from 0";
    Draft: LeftOut, "the product is a draft", "";
    Archived: LeftOut, "the product is archived", "";
    Unlisted: LeftOut, "the product is not to be found, only linked to", "";
    StatusUnknown: LeftOut, "the product has a status that is not known", "write active if it is for sale";
    Unpublished: LeftOut, "the product is not published", "";
    NotInMarket: LeftOut, "the product is not sold in this market", "";
    VariantsElsewhere: LeftOut, "the product is sold as its variants or members only", "";
    IdNotInFeed: LeftOut, "is an id that the main feed does not have", "";
    NoSku: Repaired, "the variant has no SKU: its id is made of what stays from export to export", "";
    SharedSku: Repaired, "is the SKU of several variants: their ids are made of what stays from export to export", "";
    SaleUnreadable: Repaired, "is no price: the item is taken without its reduction", "write it like 9.99 EUR";
    SaleNoReduction: Repaired, "is not below the price: the item is taken without its reduction", "leave it empty when nothing is reduced";
    SalePeriodUnreadable: Repaired, "is no period: the item is taken without its reduction", "write it like 2026-01-01T00:00+01:00/2026-01-31T23:59+01:00";
    StockUnreadable: Repaired, "is no number: the item counts as in stock", "write a whole number";
    QuoteTaken: Repaired, "the row opens a quote that nothing closes: it was read as a letter", "write it twice, in quotes";
    TagUnclosed: Repaired, "is not closed: it was read up to the next attribute", "close it";
    CharactersLost: Repaired, "has characters that cannot be read", "say --encoding, or write the feed as UTF-8";
    TextCut: Repaired, "is longer than 64 KiB and was cut", "";
    VectorUnreadable: Repaired, "is no vector of the width of the first one: the item is taken without it", "write numbers with spaces or commas between them, at most 4096, equally many for every item";
    AttributeUnreadable: Repaired, "cannot be read: the item is taken without it", "";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_named_as_scripts_read_it() {
        assert_eq!(serde_json::to_string(&Reason::PriceAmbiguous).unwrap(), "\"price_ambiguous\"");
        assert_eq!(Reason::Draft.outcome(), Outcome::LeftOut);
    }
}
