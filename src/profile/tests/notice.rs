//! Whatever is kept of what the user does is named in the notice, in every language.

use crate::base::locale::SHOWN;
use crate::consent::Purpose as P;
use crate::profile::tests::*;

/// Words that have to be in a text: English, German in both forms of address, French, Spanish, Arabic.
type Words = [&'static str; 5];

const AGE: Words = ["age group", "Altersgruppe", "tranche d’âge", "grupo de edad", "العمرية"];
const CART: Words = ["cart", "Warenkorb", "panier", "carrito", "السلة"];
const DELIVERY: Words = ["delivery", "Lieferung", "livraison", "entrega", "التوصيل"];
const DISMISSED: Words = ["not for me", "nichts für mich", "pas pour moi", "no es para mí", "ليس لي"];
const LISTS: Words = ["lists", "Listen", "listes", "listas", "القوائم"];
const LONG: Words = ["how long", "wie lange", "combien de temps", "cuánto tiempo", "ومدة"];
const LOOKED: Words = ["look at", "ansieh|ansehen", "regardez", "miras", "تشاهده"];
const NUMBERS: Words =
    ["order numbers", "Bestellnummern", "numéros de commande", "números de pedido", "أرقام الطلبات"];
const OFFERS: Words = ["offers", "Angeboten", "offres", "ofertas", "العروض"];
const ORDERED: Words = ["order,", "bestell", "commandez", "pides", "وتطلبه"];
const PAYMENT: Words = ["payment", "Zahlung", "paiement", "pago", "الدفع"];
const PRICES: Words = ["prices", "Preisen", "prix", "precios", "الأسعار"];
const QUANTITIES: Words = ["quantities", "Mengen", "quantités", "cantidades", "الكميات"];
const RATED: Words = ["rate", "bewerte", "notez", "valoras", "وتقيّمه"];
const REFUNDED: Words = ["money back", "erstattet", "rembourser", "reembolsan", "يُردّ"];
const REGION: Words = ["region", "Region", "région", "región", "منطقتك|والمنطقة"];
const RETURNED: Words = ["return", "zurückschick", "renvoyez", "devuelves", "وتعيده"];
const SAVED: Words = [
    "put on the wish list",
    "Wunschzettel",
    "dans la liste d’envies",
    "en la lista de deseos",
    "وتضيفه إلى قائمة الأمنيات",
];
const SEARCHED: Words = ["search for", "suchst|suchen", "recherchez", "buscas", "وتبحث"];
const SIGNALS: Words = ["privacy signals", "Datenschutz-Signale", "signaux", "señales", "إشارات"];
const TIMES: Words = ["times", "Zeiten", "heures", "horas", "الأوقات"];
const WRAPPED: Words =
    ["gift wrap", "Geschenkverpackung", "emballage cadeau", "envoltorio de regalo", "تغليف الهدايا"];
const WHY: Words = ["why", "warum", "pourquoi", "por qué", "سبب"];

const TIME_ZONE: Words = ["time zone", "Zeitzone", "fuseau", "zona horaria", "الزمنية"];
const WEATHER: Words = ["weather", "Wetter", "météo", "tiempo,", "والطقس"];
const DEVICE: Words = ["device", "Geräts", "appareil", "dispositivo", "الجهاز"];
const OCCASION: Words = ["occasion", "Anlass", "occasion", "ocasión", "ومناسبة"];
const TIER: Words = ["loyalty", "Treueprogramm", "fidélité", "fidelidad", "الولاء"];
const IN_SHOP: Words = ["in a shop", "in einem Laden", "en magasin", "en una tienda", "في متجر"];

/// The words for every field of a record. A field more does not compile: it is named in the notice first.
macro_rules! named {
    ($record:ident: $($field:ident = $words:ident),+) => {{
        let _every_field = |$record { $($field: _),+ }: $record| ();
        [$((stringify!($field), $words)),+]
    }};
}

fn of_event(name: EventName) -> Words {
    use EventName as E;
    match name {
        E::ViewItemList | E::SelectItem | E::ImpressionEnd => LISTS,
        E::ViewItem => LOOKED,
        E::AddToWishlist | E::RemoveFromWishlist => SAVED,
        E::AddToCart | E::RemoveFromCart | E::ViewCart => CART,
        E::BeginCheckout | E::Purchase => ORDERED,
        E::AddShippingInfo => DELIVERY,
        E::AddPaymentInfo => PAYMENT,
        E::Refund => REFUNDED,
        E::ViewPromotion | E::SelectPromotion => OFFERS,
        E::Search => SEARCHED,
        E::DismissItem => DISMISSED,
        E::RateItem => RATED,
        E::ReturnItem => RETURNED,
    }
}

/// The text about the data of a purpose names each of these, in every language.
fn names_all(purpose: P, kept: &[(&str, Words)]) {
    let home = Home::new();
    let gate = home.open();
    for locale in SHOWN {
        let column = ["en", "de", "fr", "es", "ar"].iter().position(|l| locale.starts_with(l)).unwrap();
        let notice = gate.notice(locale);
        let text = &notice.purposes.iter().find(|p| p.purpose == purpose).unwrap().data;
        for (what, words) in kept {
            let is_named = words[column].split('|').any(|word| text.contains(word));
            assert!(is_named, "{locale}, {purpose:?}: {what} is not in {text:?}");
        }
    }
}

#[test]
fn whatever_is_kept_of_an_event_is_named() {
    let of_events = named!(Event:
        name = LOOKED, time_ms = TIMES, items = LOOKED, value = PRICES, transaction_id = NUMBERS,
        search_term = SEARCHED, item_list_id = LISTS, ranking_id = LISTS, dwell_bucket = LONG,
        promotion_id = OFFERS, rating = RATED, return_reason = WHY, payment_type = PAYMENT,
        shipping_tier = DELIVERY, gift_wrap = WRAPPED);
    let of_items = named!(EventItem: item_id = LOOKED, quantity = QUANTITIES, price = PRICES);
    let names = (0..=u8::MAX).filter_map(EventName::from_code).map(|name| (name.as_str(), of_event(name)));
    let kept: Vec<(&str, Words)> = names.chain(of_events).chain(of_items).collect();
    names_all(P::Session, &kept);
    names_all(P::History, &kept);
}

#[test]
fn whatever_the_app_tells_about_a_visit_is_named() {
    let told = named!(VisitContext:
        utc_offset_minutes = TIME_ZONE, place = REGION, weather = WEATHER, device = DEVICE, celebration = OCCASION,
        in_store = IN_SHOP, loyalty_tier = TIER);
    names_all(P::Session, &told);
}

#[test]
fn whatever_the_app_told_about_the_surroundings_is_named() {
    let told = named!(ExternalSignals:
        region = REGION, region_hints = REGION, age_band = AGE, global_privacy_control = SIGNALS,
        consent_platform = SIGNALS);
    names_all(P::Essential, &told);
}
