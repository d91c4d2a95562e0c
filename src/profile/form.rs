//! A form to fill in: what may be said, what the catalog offers for it, and what was said already.

use std::collections::BTreeMap;

use crate::base::locale::{Labelled as _, is_right_to_left};
use crate::catalog::{Catalog, Named, TagKind};
use crate::consent::{Decision, Gate, Purpose};
use crate::profile::interaction::topics_of_tag;
use crate::profile::stated::{Preference, PreferenceKey};
use crate::profile::words::TEXTS;
use crate::profile::{Intensity, Profile, ReviewAspect, Surface, SurfaceIntensity};

/// Options offered for a field, besides those that are chosen.
const OFFERED: usize = 40;

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum FieldKind {
    /// Any number of the options.
    PickMany,
    /// On the pages of products; here the chosen ones can be removed.
    Products,
}

/// An option.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PreferenceOption {
    /// What to set or remove.
    pub value: String,
    /// What to show: the last step of a category, the title of a product.
    pub label: String,
    /// How many items of the catalog have it; 0 for what is no attribute of items.
    pub items: u32,
    /// Whether it is chosen now.
    pub chosen: bool,
}

/// One field of the form.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PreferenceField {
    /// The kind of preference.
    pub key: PreferenceKey,
    /// A heading.
    pub label: String,
    /// How it is filled in.
    pub kind: FieldKind,
    /// The chosen options, then the others, most frequent first. Only the chosen ones if no catalog is installed.
    pub options: Vec<PreferenceOption>,
}

/// How much one part of the app may be made for the user.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SurfaceField {
    /// The part of the app.
    pub surface: Surface,
    /// What it is called.
    pub label: String,
    /// What is chosen now.
    pub intensity: Intensity,
}

/// A form of what the user likes, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PreferenceForm {
    /// The language of the texts.
    pub locale: String,
    /// Whether the text runs from right to left.
    pub right_to_left: bool,
    /// A heading.
    pub title: String,
    /// What this is about.
    pub intro: String,
    /// Whether preferences may be stored. If not, ask for the purpose first.
    pub decision: Decision,
    /// The reason of the decision, as a sentence.
    pub reason_text: String,
    /// One field for each kind of preference.
    pub fields: Vec<PreferenceField>,
    /// A heading for how much is made for the user. This part can be filled in whatever the decision is.
    pub surfaces_title: String,
    /// What that is about.
    pub surfaces_intro: String,
    /// One field for each part of the app.
    pub surfaces: Vec<SurfaceField>,
}

impl Profile {
    /// The form, with what `catalog` offers and what is chosen now, in the language of `locale`.
    #[must_use]
    pub fn form(&self, gate: &Gate, catalog: &Catalog, locale: &str) -> PreferenceForm {
        let (language, texts) = TEXTS.of(locale);
        let decision = gate.decide(Purpose::Preferences);
        let (offers, chosen) = (Offers::of(catalog), self.preferences());
        let field = |key: PreferenceKey| PreferenceField {
            key,
            label: key.label(locale),
            kind: if key.tag_kind().is_some() || key == PreferenceKey::Matters {
                FieldKind::PickMany
            } else {
                FieldKind::Products
            },
            options: match key {
                PreferenceKey::Matters => aspects(&chosen, locale),
                _ => options(catalog, &offers, key, &chosen),
            },
        };
        PreferenceForm {
            locale: language.into(),
            right_to_left: is_right_to_left(language),
            title: texts.title.clone(),
            intro: texts.intro.clone(),
            reason_text: decision.reason.label(locale),
            decision,
            fields: PreferenceKey::all().map(field).collect(),
            surfaces_title: texts.surfaces_title.clone(),
            surfaces_intro: texts.surfaces_intro.clone(),
            surfaces: self
                .intensities()
                .into_iter()
                .map(|SurfaceIntensity { surface, intensity }| SurfaceField {
                    surface,
                    label: surface.label(locale),
                    intensity,
                })
                .collect(),
        }
    }
}

/// What the catalog offers of each kind, most frequent first.
struct Offers(BTreeMap<TagKind, Vec<(u32, u32)>>);

impl Offers {
    fn of(catalog: &Catalog) -> Self {
        let mut kinds: BTreeMap<TagKind, Vec<(u32, u32)>> = BTreeMap::new();
        for tag in 0..u32::try_from(catalog.tag_count()).unwrap_or(u32::MAX) {
            if let (Some(found), Some(items)) = (catalog.tag(tag), harmless(catalog, tag)) {
                kinds.entry(found.kind).or_default().push((items, tag));
            }
        }
        for offered in kinds.values_mut() {
            offered.sort_unstable_by_key(|&(items, tag)| (std::cmp::Reverse(items), tag));
            offered.truncate(OFFERED);
        }
        Self(kinds)
    }

    fn of_kind(&self, kind: TagKind) -> &[(u32, u32)] {
        self.0.get(&kind).map(Vec::as_slice).unwrap_or_default()
    }
}

/// How many items that are not sensitive have the tag; none where it stands for what is sensitive.
fn harmless(catalog: &Catalog, tag: u32) -> Option<u32> {
    let all = catalog.items_with_tag(tag);
    let fine = all.iter().filter(|ix| catalog.sensitive(**ix).is_empty()).count();
    u32::try_from(fine).ok().filter(|fine| *fine > 0 && topics_of_tag(catalog, tag).is_empty())
}

fn options(
    catalog: &Catalog,
    offers: &Offers,
    key: PreferenceKey,
    said: &[Preference],
) -> Vec<PreferenceOption> {
    let chosen: Vec<&str> = said.iter().filter(|p| p.key == key).map(|p| p.value.as_str()).collect();
    let is_chosen = |name: &str| chosen.iter().any(|c| c.to_lowercase() == name.to_lowercase());
    let mut options: Vec<PreferenceOption> = chosen.iter().map(|value| known(catalog, key, value)).collect();
    let offered = key.tag_kind().map(|(kind, _)| offers.of_kind(kind)).unwrap_or_default();
    let rest = offered.iter().filter_map(|&(items, tag)| {
        let tag = catalog.tag(tag).filter(|t| !is_chosen(t.name))?;
        Some(PreferenceOption { value: tag.name.into(), label: tag.leaf().into(), items, chosen: false })
    });
    options.extend(rest);
    options
}

/// What may matter in a product, and which of it does.
fn aspects(said: &[Preference], locale: &str) -> Vec<PreferenceOption> {
    let said = || said.iter().filter(|p| p.key == PreferenceKey::Matters);
    let option = |aspect: &ReviewAspect| {
        let word = said().find(|p| ReviewAspect::parse(&p.value) == Some(*aspect));
        PreferenceOption {
            // What was said is removed by the word in which it was said.
            value: word.map_or_else(|| aspect.word().to_owned(), |p| p.value.clone()),
            label: aspect.label(locale),
            items: 0,
            chosen: word.is_some(),
        }
    };
    ReviewAspect::ALL.iter().map(option).collect()
}

/// Something that was chosen, with what the catalog knows of it today.
fn known(catalog: &Catalog, key: PreferenceKey, value: &str) -> PreferenceOption {
    let (label, items) = match key.tag_kind() {
        Some((kind, _)) => {
            let tag = catalog.find_tag(kind, value);
            let items = tag.map_or(0, |t| catalog.items_with_tag(t).len());
            (tag.and_then(|t| catalog.tag(t)).map(|t| t.leaf().to_owned()), items)
        }
        None => {
            let ix = catalog.named(value).map(Named::ix);
            (ix.map(|ix| catalog.title(ix).to_owned()), usize::from(ix.is_some()))
        }
    };
    PreferenceOption {
        value: value.into(),
        label: label.unwrap_or_else(|| value.into()),
        items: u32::try_from(items).unwrap_or(u32::MAX),
        chosen: true,
    }
}
