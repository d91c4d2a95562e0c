//! Where rows go: into a main feed, or over the items of one.

use std::collections::HashMap;

use crate::catalog::Item;
use crate::catalog::operator::import::collect::Collector;
use crate::catalog::operator::import::fields;
use crate::catalog::operator::import::names::Attribute;
use crate::catalog::operator::import::prices::Style;
use crate::catalog::operator::import::raw::Raw;
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::{Fault, ImportReport, Imported};

/// What a format's reader hands its rows to.
pub(crate) trait Take {
    fn take(&mut self, row: u64, raw: &Raw<'_>, style: Style<'_>, repairs: Vec<Fault>);

    fn report(&mut self) -> &mut ImportReport;

    /// Whether rows may say little more than an id.
    fn is_supplement(&self) -> bool;

    fn refuse(&mut self, row: u64, fault: Fault) {
        self.report().refuse(row, None, fault);
    }
}

/// A main feed.
pub(crate) struct Main<'a> {
    pub(crate) collector: &'a mut Collector,
    /// Whether items need a title and a price.
    pub(crate) complete: bool,
}

impl Main<'_> {
    fn item(&self, raw: &Raw<'_>, style: Style<'_>, repairs: &mut Vec<Fault>) -> Result<Item, Fault> {
        let mut item = Item { id: fields::id(raw)?, ..Item::default() };
        if let Some(reason) = fields::left_out(raw) {
            return Err(reason.into());
        }
        fields::fill(&mut item, raw, style, repairs)?;
        fields::require_stock(raw)?;
        if self.complete {
            fields::require(&item, raw)?;
        }
        Ok(item)
    }
}

impl Take for Main<'_> {
    fn take(&mut self, row: u64, raw: &Raw<'_>, style: Style<'_>, mut repairs: Vec<Fault>) {
        match self.item(raw, style, &mut repairs) {
            Ok(item) => {
                let column = raw.label(Attribute::Id).unwrap_or_default();
                self.collector.take(row, item, repairs, column);
            }
            Err(fault) => self.collector.report.refuse(row, fields::some(raw.text(Attribute::Id)), fault),
        }
    }

    fn report(&mut self) -> &mut ImportReport {
        &mut self.collector.report
    }

    fn is_supplement(&self) -> bool {
        false
    }
}

/// A feed that adds to the items of another one: Merchant Center's supplemental feeds, prices, stock.
pub(crate) struct Supplement<'a> {
    items: &'a mut Vec<Item>,
    places: HashMap<String, usize>,
    /// Of the items' vectors.
    width: usize,
    pub(crate) report: ImportReport,
}

impl<'a> Supplement<'a> {
    pub(crate) fn over(imported: &'a mut Imported) -> Self {
        let places =
            imported.items.iter().enumerate().map(|(place, item)| (item.id.clone(), place)).collect();
        let width = imported.items.iter().map(|item| item.sv_embedding.len()).find(|width| *width > 0);
        let (items, report) = (&mut imported.items, ImportReport::default());
        Self { items, places, width: width.unwrap_or_default(), report }
    }

    fn lay(&mut self, raw: &Raw<'_>, style: Style<'_>, repairs: &mut Vec<Fault>) -> Result<(), Fault> {
        let id = fields::id(raw)?;
        let unknown = || {
            raw.get(Attribute::Id).map_or(Reason::Missing.into(), |value| value.fault(Reason::IdNotInFeed))
        };
        let place = self.places.get(&id).copied().ok_or_else(unknown)?;
        let item = self.items.get_mut(place).ok_or_else(unknown)?;
        // What cannot be laid over an item leaves it as it was.
        let mut changed = item.clone();
        let usual = item.price.as_ref().map(|price| price.currency.clone());
        let style = Style { currency: style.currency.or(usual.as_deref()), ..style };
        fields::fill(&mut changed, raw, style, repairs)?;
        fields::check_width(&mut changed, &mut self.width, repairs);
        *item = changed;
        Ok(())
    }
}

impl Take for Supplement<'_> {
    fn take(&mut self, row: u64, raw: &Raw<'_>, style: Style<'_>, mut repairs: Vec<Fault>) {
        let result = self.lay(raw, style, &mut repairs);
        let id = fields::some(raw.text(Attribute::Id));
        match result {
            Ok(()) => self.report.accept(row, id, repairs),
            Err(fault) => self.report.refuse(row, id, fault),
        }
    }

    fn report(&mut self) -> &mut ImportReport {
        &mut self.report
    }

    fn is_supplement(&self) -> bool {
        true
    }
}
