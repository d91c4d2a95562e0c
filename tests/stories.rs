//! Shoppers in the example shop, each a page of `docs/stories`: what they did and allowed, and what the shop shows them
//! and why. A page that changes fails; `SOTTOVOCE_WRITE_STORIES=1 cargo test --test stories` writes them anew.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use sottovoce::Sottovoce;
use sottovoce::catalog::Artefacts;
use sottovoce::catalog::history::history;
use sottovoce::catalog::train::train;
use sottovoce::clock::{Clock as _, DAY_MS};
use sottovoce::consent::Purpose;
use sottovoce::money::Money;
use sottovoce::profile::{
    CheckoutHints, Event, EventName, PreferenceKey, ReturnReason, ReviewAspect, ShoppingMode, TrackOutcome,
    ValuePrediction,
};
use sottovoce::ranking::ShelfKind;
use sottovoce::surfaces::{
    MessageRequest, Ranking, RecommendRequest, Review, ReviewConcern, SlotKind, StorefrontSlot,
};
use support::{Phone, Shop, give};

const ALL: [Purpose; 7] = [
    Purpose::Session,
    Purpose::History,
    Purpose::Inference,
    Purpose::Ranking,
    Purpose::Preferences,
    Purpose::Offers,
    Purpose::Messaging,
];

static LEARNT: LazyLock<Artefacts> = LazyLock::new(|| {
    let lines = include_bytes!("../examples/data/history.jsonl");
    let items = Shop::new().items;
    let users = history(&lines[..], &items).unwrap().users;
    train(&items, &users, &mut |_, _| ())
});

/// Something that happens in a story.
#[derive(Clone, Copy)]
enum Step {
    Allows(&'static [Purpose]),
    Withdraws(Purpose),
    Looks(&'static [&'static str]),
    Wishes(&'static str),
    Wants(&'static str),
    Buys(&'static str),
    Wraps,
    ReturnsAsTooSmall(&'static str),
    Says(PreferenceKey, &'static str),
    Shops(ShoppingMode),
    /// The shop sells something for so many cents from now on.
    Costs(&'static str, i64),
    Days(i64),
}
use Step::{
    Allows, Buys, Costs, Days, Looks, ReturnsAsTooSmall, Says, Shops, Wants, Wishes, Withdraws, Wraps,
};

struct Story {
    name: &'static str,
    title: &'static str,
    steps: &'static [Step],
}

const STORIES: &[Story] = &[
    Story {
        name: "newcomer",
        title: "A newcomer who has not answered yet",
        steps: &[Looks(&["KI81", "KI83"])],
    },
    Story {
        name: "refuser",
        title: "Somebody who refused everything",
        steps: &[Allows(&[]), Looks(&["KI81", "KI83", "KI84"])],
    },
    Story {
        name: "first-visit",
        title: "A first visit, two looks",
        steps: &[Allows(&ALL), Looks(&["KI81", "KI83"])],
    },
    Story {
        name: "coffee",
        title: "Somebody setting up a coffee corner",
        steps: &[Allows(&ALL), Looks(&["KI81", "KI83", "KI84", "FO235"]), Wants("KI84")],
    },
    Story {
        name: "coffee-without-offers",
        title: "The same, without a yes to offers",
        steps: &[
            Allows(&ALL),
            Withdraws(Purpose::Offers),
            Looks(&["KI81", "KI83", "KI84", "FO235"]),
            Wants("KI84"),
        ],
    },
    Story {
        name: "regular",
        title: "A regular customer",
        steps: &[
            Allows(&ALL),
            Looks(&["FO235"]),
            Buys("FO235"),
            Days(25),
            Looks(&["FO235", "KI84"]),
            Buys("FO235"),
            Days(20),
        ],
    },
    Story {
        name: "lapsed",
        title: "A customer who was not here for three months",
        steps: &[Allows(&ALL), Looks(&["KI81", "KI84"]), Buys("KI84"), Days(90)],
    },
    Story {
        name: "stated",
        title: "Somebody who says what they like and lets nothing be watched",
        steps: &[
            Allows(&[Purpose::Preferences, Purpose::Ranking]),
            Says(PreferenceKey::Brand, "Greenhollow"),
            Says(PreferenceKey::NeverBrand, "Nordhem"),
            Says(PreferenceKey::Matters, "sustainability"),
        ],
    },
    Story {
        name: "gift",
        title: "A coffee drinker who shops for somebody else",
        steps: &[Allows(&ALL), Looks(&["KI81", "KI83", "KI84", "FO235"]), Shops(ShoppingMode::Gift)],
    },
    Story {
        name: "private",
        title: "A coffee drinker in private mode",
        steps: &[Allows(&ALL), Looks(&["KI81", "KI83", "KI84", "FO235"]), Shops(ShoppingMode::Private)],
    },
    Story {
        name: "size-returner",
        title: "Somebody who sent a size back",
        steps: &[
            Allows(&ALL),
            Looks(&["CL1-BL-M"]),
            Buys("CL1-BL-M"),
            ReturnsAsTooSmall("CL1-BL-M"),
            Days(2),
        ],
    },
    Story {
        name: "size-translator",
        title: "Somebody whose size is known in the shoes of another brand",
        steps: &[Allows(&ALL), Looks(&["SH29-FO-41"]), Buys("SH29-FO-41"), Days(31), Looks(&["SH35-MU-38"])],
    },
    Story {
        name: "household",
        title: "A household that orders every month, and once for a friend",
        steps: &[
            Allows(&ALL),
            Buys("FO235"),
            Days(30),
            Buys("KI84"),
            Days(30),
            Buys("FO235"),
            Wraps,
            Days(30),
            Looks(&["KI84"]),
        ],
    },
    Story {
        name: "parent",
        title: "A parent",
        steps: &[
            Allows(&ALL),
            Looks(&["TO134", "TO136", "BO125", "BA292"]),
            Buys("BA292"),
            Days(16),
            Looks(&["TO136", "TO144"]),
            Buys("BA292"),
            Days(12),
        ],
    },
    Story {
        name: "price-sensitive",
        title: "Somebody who buys what costs little and waits for the rest",
        steps: &[
            Allows(&ALL),
            Buys("GA98"),
            Buys("FO240"),
            Days(9),
            Buys("KI89-NA"),
            Buys("FO253"),
            Days(12),
            Buys("ST311-WH"),
            Looks(&["KI83", "KI84"]),
            Wishes("KI84"),
            Days(5),
            Costs("KI84", 9_900),
        ],
    },
    Story {
        name: "withdrawn",
        title: "A coffee drinker who took the yes to history back",
        steps: &[
            Allows(&ALL),
            Looks(&["KI81", "KI83", "KI84", "FO235"]),
            Days(1),
            Withdraws(Purpose::History),
        ],
    },
];

struct Told {
    phone: Phone,
    engine: Arc<Sottovoce>,
    titles: BTreeMap<String, String>,
    did: Vec<String>,
    last: Option<&'static str>,
    orders: u32,
    /// Of the catalog.
    version: u64,
}

impl Told {
    fn new() -> Self {
        let mut phone = Phone::new();
        phone.shop.plan = Some(support::plan().plan);
        phone.shop.artefacts = Some(LEARNT.clone());
        let engine = phone.stocked();
        let titles = phone.shop.items.iter().map(|item| (item.id.clone(), item.title.clone())).collect();
        Self { phone, engine, titles, did: Vec::new(), last: None, orders: 0, version: 1 }
    }

    fn track(&mut self, what: &str, event: Event) {
        self.phone.clock.advance(120_000);
        let items: Vec<&str> = event.items.iter().map(|item| self.titles[&item.item_id].as_str()).collect();
        let kept = match self.engine.events().track(event.clone()).unwrap() {
            TrackOutcome::Stored { .. } => "kept",
            TrackOutcome::SessionOnly { .. } => "for this visit",
            TrackOutcome::Dropped { .. } => "not kept",
        };
        let what = [vec![what], vec![&*items.join(", ")]].concat().join(" ");
        self.did.push(format!("{} ({kept})", what.trim_end()));
    }

    fn step(&mut self, step: Step) {
        match step {
            Allows([]) => {
                self.engine.consent().refuse_all("story".into(), "en".into()).unwrap();
                self.did.push("refuses everything".into());
            }
            Allows(purposes) => {
                give(&self.engine, purposes);
                let names: Vec<&str> = purposes.iter().map(|purpose| purpose.id()).collect();
                self.did.push(format!("allows {}", names.join(", ")));
            }
            Withdraws(purpose) => {
                self.engine.consent().withdraw(vec![purpose], "story".into(), "en".into()).unwrap();
                self.did.push(format!("withdraws {}", purpose.id()));
            }
            Looks(items) => {
                for item in items {
                    self.last = Some(item);
                    self.track("looks at", Event::about(EventName::ViewItem, [*item]));
                }
            }
            Wishes(item) => {
                self.last = Some(item);
                self.track("puts on the wish list", Event::about(EventName::AddToWishlist, [item]));
            }
            Costs(item, minor) => {
                let sold = self.phone.shop.items.iter_mut().find(|of| of.id == item).unwrap();
                sold.sale_price = Some(Money { minor, currency: "EUR".into() });
                self.version += 1;
                self.phone.apply(&self.engine, &self.phone.shop.bundle(self.version)).unwrap();
                let (euros, cents) = (minor / 100, minor % 100);
                self.did.push(format!("{} costs €{euros}.{cents:02} from now on", self.titles[item]));
            }
            Wants(item) => self.track("puts into the cart", Event::about(EventName::AddToCart, [item])),
            Buys(item) => {
                self.orders += 1;
                let order = Some(self.orders.to_string());
                self.track(
                    "buys",
                    Event { transaction_id: order, ..Event::about(EventName::Purchase, [item]) },
                );
            }
            Wraps => {
                let event = Event {
                    shipping_tier: Some("express".into()),
                    gift_wrap: Some(true),
                    ..Event::new(EventName::AddShippingInfo)
                };
                self.track("chooses express delivery and gift wrap", event);
            }
            ReturnsAsTooSmall(item) => {
                let why = Some(ReturnReason::TooSmall);
                self.track(
                    "sends back as too small",
                    Event { return_reason: why, ..Event::about(EventName::ReturnItem, [item]) },
                );
            }
            Says(key, value) => {
                self.engine.preferences().set(key, value.into()).unwrap();
                self.did.push(format!("says: {} {value}", key.as_str()));
            }
            Shops(mode) => {
                self.engine.events().set_mode(mode).unwrap();
                self.did.push(format!("shops in mode {mode:?}").to_lowercase());
            }
            Days(days) => {
                self.phone.clock.advance(days * DAY_MS);
                self.did.push(if days == 1 { "a day passes".into() } else { format!("{days} days pass") });
            }
        }
    }

    fn cards(&self, page: &mut String, list: &Ranking, count: usize) {
        for item in list.items.iter().take(count) {
            assert!(!item.reasons.is_empty(), "nobody can say why {} is shown", item.title);
            let why = self
                .engine
                .profile()
                .explain(list.ranking_id.clone(), item.item_id.clone(), "en".into())
                .unwrap();
            let code = item.reasons.first().unwrap();
            let said = why.factors.iter().find(|factor| factor.code == *code);
            let said = said.unwrap_or_else(|| panic!("{code:?} of {} has no sentence", item.title));
            let size = item.variants.iter().find(|variant| variant.item_id == item.item_id);
            let size = size.and_then(|variant| variant.options.iter().find(|option| option.name == "size"));
            let size = size.map_or(String::new(), |option| format!(", size {}", option.value));
            writeln!(page, "    - {}{size}: {}", item.title, said.text).unwrap();
        }
    }

    fn slot(&self, page: &mut String, slot: &StorefrontSlot) {
        let title = if slot.title.is_empty() { String::new() } else { format!(" “{}”", slot.title) };
        writeln!(page, "- **{}**{title}: {}", slot.slot_id, slot.because).unwrap();
        match slot.kind {
            SlotKind::Shelf => {
                let list = self.engine.ranking().recommend(slot.shelf.clone().unwrap()).unwrap();
                self.cards(page, &list, 4);
            }
            SlotKind::Categories => writeln!(page, "    - {}", slot.categories.join(", ")).unwrap(),
            SlotKind::Banner | SlotKind::Story | SlotKind::Offer => {
                let decision = slot.decision.as_ref().unwrap();
                let (title, more) = match &decision.offer {
                    Some(offer) => (&offer.title, offer.disclosure.clone()),
                    None => (&decision.title, None),
                };
                let more = more.map_or(String::new(), |more| format!(" {more}"));
                writeln!(page, "    - “{title}”. {}{more}", decision.because).unwrap();
            }
        }
    }

    /// Three reviews of a product, in the order in which its page shows them.
    fn reviews(&self, page: &mut String, seed: &str) {
        use ReviewAspect as A;
        let handed_in = [
            ("“Looks great”", vec![A::Looks]),
            ("“Falls small, so mind the size”", vec![A::Size, A::Comfort]),
            ("“Made of recycled material, and worth it”", vec![A::Sustainability, A::Value]),
        ];
        let review = |(text, aspects): (&str, Vec<A>)| Review { review_id: text.into(), aspects };
        let reviews = handed_in.map(review).to_vec();
        writeln!(page, "\n## Reviews of {}\n", self.titles[seed]).unwrap();
        for review in self.engine.product().rank_reviews(seed.into(), reviews, "en".into()).unwrap() {
            let why = |concern: &ReviewConcern| format!(" {:?}: {}", concern.aspect, concern.because);
            let why: String = review.concerns.iter().map(why).collect();
            writeln!(page, "- {}{why}", review.review_id).unwrap();
        }
    }

    fn message(&self) -> String {
        let (locale, now_ms) = ("en".to_owned(), self.phone.clock.now_ms());
        let request = MessageRequest { locale, utc_offset_minutes: 0, system_allows: true, leaving: false };
        let poll = self.engine.messages().poll(request).unwrap();
        let Some(message) = poll.message else { return format!("None: {:?}.", poll.silence.unwrap()) };
        let hours = (message.deliver_at_ms - now_ms) / 3_600_000;
        let when = if hours == 0 { "Now".to_owned() } else { format!("In {hours} hours") };
        format!("{when}: “{}” {} {}", message.title, message.text, message.because)
    }

    fn page(&self, title: &str) -> String {
        let mut page = format!("# {title}\n\n");
        for did in &self.did {
            writeln!(page, "- {did}").unwrap();
        }
        let segments = self.engine.profile().segments("en".into()).unwrap();
        let segments: Vec<String> = segments.into_iter().map(|segment| segment.title).collect();
        let segments = if segments.is_empty() { "none".to_owned() } else { segments.join(", ") };
        writeln!(page, "\nSegments, known on this device only: {segments}.").unwrap();
        if let Some(value) = self.engine.profile().predictions().unwrap().value {
            let ValuePrediction { band, orders_a_year, mean_order, evidence_count } = value;
            let mean = format!("{:.2} {}", mean_order.minor as f64 / 100.0, mean_order.currency);
            write!(page, "\nSpending in a year, known on this device only: {}. ", band.word()).unwrap();
            writeln!(page, "{orders_a_year:.1} orders of {mean} on average, by {evidence_count} so far.")
                .unwrap();
        }
        let hints = self.engine.product().checkout_hints().unwrap();
        if hints != CheckoutHints::default() {
            let CheckoutHints { payment, delivery, gift_wrap } = hints;
            let hints = format!("payment {payment:?}, delivery {delivery:?}, gift wrap {gift_wrap:?}");
            writeln!(page, "\nThe checkout may show first: {hints}.").unwrap();
        }
        writeln!(page, "\n## The front page\n").unwrap();
        for slot in &self.engine.ranking().storefront("home".into(), "en".into()).unwrap().slots {
            self.slot(&mut page, slot);
        }
        let shelf = |kind, seed: &str| {
            let request = RecommendRequest {
                kind: Some(kind),
                seed_item_ids: vec![seed.into()],
                ..RecommendRequest::new("page", 4)
            };
            self.engine.ranking().recommend(request).unwrap()
        };
        let seed = self.last.unwrap_or("KI81");
        let size = self.engine.product().size_advice(seed.into(), "en".into()).unwrap();
        let size = size.map_or("none, for want of evidence".to_owned(), |size| {
            format!("{}. {}", size.size, size.because)
        });
        writeln!(page, "\nAdvice on the size of {}: {size}", self.titles[seed]).unwrap();
        self.reviews(&mut page, seed);
        for (heading, kind) in
            [("The page of", ShelfKind::BoughtTogether), ("With it in the cart:", ShelfKind::Cart)]
        {
            writeln!(page, "\n## {heading} {}\n", self.titles[seed]).unwrap();
            self.cards(&mut page, &shelf(kind, seed), 4);
        }
        writeln!(page, "\n## The next message\n\n{}", self.message()).unwrap();
        page
    }
}

#[test]
fn every_story_is_as_its_page_tells_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/stories");
    let writes = std::env::var_os("SOTTOVOCE_WRITE_STORIES").is_some();
    let mut changed = Vec::new();
    for story in STORIES {
        let mut told = Told::new();
        story.steps.iter().for_each(|step| told.step(*step));
        let (page, path) = (told.page(story.title), folder.join(format!("{}.md", story.name)));
        if writes {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &page).unwrap();
        }
        if std::fs::read_to_string(&path).ok().as_deref() != Some(&page) {
            changed.push(story.name);
        }
    }
    assert!(changed.is_empty(), "{changed:?} changed: SOTTOVOCE_WRITE_STORIES=1 writes them anew");
}

#[test]
fn whoever_may_not_be_known_sees_what_a_newcomer_sees() {
    let front = |name: &str| {
        let mut told = Told::new();
        let story = STORIES.iter().find(|story| story.name == name).unwrap();
        story.steps.iter().for_each(|step| told.step(*step));
        told.engine.ranking().storefront("home".into(), "en".into()).unwrap()
    };
    let newcomer = front("newcomer");
    for name in ["refuser", "private"] {
        assert_eq!(front(name), newcomer, "{name}");
    }
    assert_ne!(front("coffee"), newcomer);
}
