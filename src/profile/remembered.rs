//! How the user paid, had things delivered and had them wrapped before, as kinds: what a checkout may show first. A kind is one of
//! a few words, so no card, address or name can be among them, whatever an app reported.

use crate::catalog::Catalog;
use crate::profile::record::Stored;
use crate::profile::wrapping::is_checkout;
use crate::profile::{Evidence, ProfileError, Surface, User};

/// Choices that are looked at, the newest.
const NEWEST: usize = 5;

macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $($word:literal)|+;)+ }) => {
        $(#[$doc])*
        ///
        /// A word of an app that is not known names none of them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
        pub enum $name { $($(#[$value_doc])* $value,)+ }

        impl $name {
            /// The kind of a word that an app reports; none for words that are not known.
            fn of_word(word: &str) -> Option<Self> {
                let word: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
                match word.to_lowercase().as_str() {
                    $($($word)|+ => Some(Self::$value),)+
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// A way of paying.
    PaymentKind {
        /// A card.
        Card = "card" | "creditcard" | "debitcard" | "credit" | "debit";
        /// An invoice, paid later.
        Invoice = "invoice" | "paylater";
        /// Parts over some months.
        Instalments = "instalments" | "installments";
        /// A direct debit.
        DirectDebit = "directdebit" | "sepa" | "sepadebit";
        /// A transfer from a bank.
        BankTransfer = "banktransfer" | "transfer" | "prepayment";
        /// A wallet on the phone or in the web.
        Wallet = "wallet" | "applepay" | "googlepay" | "paypal";
        /// Cash on delivery.
        Cash = "cash" | "cashondelivery" | "cod";
        /// A voucher or gift card.
        Voucher = "voucher" | "giftcard";
    }
}

kinds! {
    /// A way of delivery.
    DeliveryKind {
        /// As usual.
        Standard = "standard" | "ground" | "home";
        /// Faster.
        Express = "express" | "nextday" | "sameday" | "overnight";
        /// Fetched in a shop.
        Store = "store" | "instore" | "clickandcollect" | "storepickup";
        /// Fetched from a locker or another place.
        PickupPoint = "pickup" | "pickuppoint" | "locker" | "parcelshop" | "packstation";
    }
}

/// What a checkout may show first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, uniffi::Record)]
pub struct CheckoutHints {
    /// The way of paying that was chosen most of the last five times.
    pub payment: Option<PaymentKind>,
    /// The way of delivery that was chosen most of the last five times.
    pub delivery: Option<DeliveryKind>,
    /// Whether the order was to be wrapped as a gift, as it was chosen most of the last five times.
    #[uniffi(default = None)]
    pub gift_wrap: Option<bool>,
}

/// What a user chose before; nothing for who may not be known.
///
/// # Errors
/// A permit is no longer valid.
pub fn checkout_hints(
    catalog: &Catalog,
    user: Option<User<'_>>,
    now_ms: i64,
) -> Result<CheckoutHints, ProfileError> {
    let Some(user) = user.and_then(|user| user.on(Surface::Checkout)) else {
        return Ok(CheckoutHints::default());
    };
    let evidence = Evidence::gather(user, catalog, now_ms)?;
    let state = user.profile.state();
    let events = || state.past.iter().rev().filter(|past| evidence.basis.take(past)).map(|past| &past.event);
    Ok(CheckoutHints {
        payment: usual(
            events().filter_map(|event: &Stored| PaymentKind::of_word(event.payment_type.as_deref()?)),
        ),
        delivery: usual(
            events().filter_map(|event: &Stored| DeliveryKind::of_word(event.shipping_tier.as_deref()?)),
        ),
        gift_wrap: usual(
            events().filter(|event| is_checkout(event.name())).filter_map(|event: &Stored| event.gift_wrap),
        ),
    })
}

/// What is most among the newest, of those the newest.
fn usual<K: Copy + PartialEq>(kinds: impl Iterator<Item = K>) -> Option<K> {
    let kinds: Vec<K> = kinds.take(NEWEST).collect();
    let count = |kind: &K| kinds.iter().filter(|other| *other == kind).count();
    kinds.iter().copied().rev().max_by_key(|kind| count(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_one_of_the_words_and_nothing_else() {
        assert_eq!(PaymentKind::of_word("Credit Card"), Some(PaymentKind::Card));
        assert_eq!(DeliveryKind::of_word("click-and-collect"), Some(DeliveryKind::Store));
        for word in ["", "4111 1111 1111 1111", "Jane Doe", "card 4111"] {
            assert_eq!((PaymentKind::of_word(word), DeliveryKind::of_word(word)), (None, None), "{word}");
        }
    }

    #[test]
    fn the_most_usual_of_the_last_five_counts_and_of_equals_the_newest() {
        assert_eq!(usual([1, 2, 2, 1, 3, 3, 3, 3].into_iter()), Some(1));
        assert_eq!(usual([3, 2, 2].into_iter()), Some(2));
        assert_eq!(usual(std::iter::empty::<u8>()), None);
    }
}
