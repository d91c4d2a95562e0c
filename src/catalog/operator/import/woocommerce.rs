//! WooCommerce's product CSV: simple products, and variations below the product that they inherit from.

use std::collections::HashMap;

use crate::catalog::CatalogError;
use crate::catalog::operator::import::ImportOptions;
use crate::catalog::operator::import::collect::{Collector, Sku, made_id};
use crate::catalog::operator::import::fields;
use crate::catalog::operator::import::names::{Attribute, Attribute as A, name};
use crate::catalog::operator::import::prices::Style;
use crate::catalog::operator::import::raw::Raw;
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::Fault;
use crate::catalog::operator::import::table::{Cells, Table};
use crate::catalog::operator::import::{dates, html};
use crate::catalog::{Availability, Item};

/// The columns, in English and as exports in German, French, Spanish, Italian, Dutch and Russian call them.
const COLUMNS: [(&str, &str); 24] = [
    ("id", "id"),
    ("type", "type|тип|typ|tipo"),
    ("sku", "sku|артикул|artikelnummer|ugs|référence|sku_ugs"),
    ("gtin", "gtin_upc_ean_or_isbn|gtin_upc_ean_oder_isbn|gtin"),
    ("name", "name|имя|nom|nombre|nome|naam"),
    ("published", "published|опубликован|veröffentlicht|publié|publicado|pubblicato|gepubliceerd"),
    (
        "visibility",
        "visibility_in_catalog|видимость_в_каталоге|sichtbarkeit_im_katalog|visibilité_dans_le_catalogue|visibilidad_en_el_catálogo|visibilità_nel_catalogo|zichtbaarheid_in_catalogus",
    ),
    (
        "short",
        "short_description|короткое_описание|kurzbeschreibung|description_courte|descripción_corta|breve_descrizione|korte_beschrijving",
    ),
    ("description", "description|описание|beschreibung|descripción|descrizione|beschrijving"),
    (
        "from",
        "date_sale_price_starts|datum_an_dem_angebotspreis_beginnt|date_de_début_de_promo|día_en_que_empieza_el_precio_rebajado",
    ),
    (
        "until",
        "date_sale_price_ends|datum_an_dem_angebotspreis_endet|date_de_fin_de_promo|día_en_que_termina_el_precio_rebajado",
    ),
    ("in_stock", "in_stock|в_наличии|vorrätig|en_stock|inventario|in_stock_|op_voorraad|hay_existencias"),
    ("stock", "stock|запасы|bestand|lager|stocks|existencias|magazzino|voorraad"),
    (
        "backorders",
        "backorders_allowed|lieferrückstand_erlaubt|autoriser_les_commandes_de_produits_en_rupture|permitir_reservas_de_productos_agotados",
    ),
    (
        "sale",
        "sale_price|акционная_цена|angebotspreis|tarif_promo|precio_rebajado|prezzo_in_offerta|actieprijs",
    ),
    (
        "price",
        "regular_price|базовая_цена|regulärer_preis|tarif_régulier|precio_normal|prezzo_di_listino|reguliere_prijs",
    ),
    ("categories", "categories|категории|kategorien|catégories|categorías|categorie|categorieën"),
    ("tags", "tags|метки|schlagwörter|étiquettes|etiquetas|tag"),
    ("images", "images|изображения|bilder|imágenes|immagini|afbeeldingen"),
    ("parent", "parent|родительский|übergeordnetes_produkt|superior|genitore|hoofd"),
    ("brands", "brands|marken|marques|marcas|brand|meta_brand"),
    ("url", "permalink|product_url"),
    ("sensitive", "sv_sensitive_tags|meta_sv_sensitive_tags"),
    ("category", "google_product_category|meta_google_product_category"),
];
/// Attributes of a product: each has a name and its values.
const MAX_OPTIONS: usize = 40;

struct Columns {
    header: Vec<String>,
    places: HashMap<&'static str, usize>,
    options: Vec<(usize, usize)>,
}

impl Columns {
    fn of(header: &[String]) -> Self {
        let names: Vec<String> = header.iter().map(|cell| name(cell)).collect();
        let find = |words: &str| names.iter().position(|name| words.split('|').any(|word| word == name));
        let places = COLUMNS.iter().filter_map(|(column, words)| Some((*column, find(words)?))).collect();
        let option = |number: usize| {
            let [is_name, is_value] = [
                ["attribute_N_name", "attribut_N_name", "nom_de_l_attribut_N", "nombre_del_atributo_N"],
                [
                    "attribute_N_value_s",
                    "attribut_N_wert_e",
                    "valeur_s_de_l_attribut_N",
                    "valor_es_del_atributo_N",
                ],
            ]
            .map(|words| words.map(|word| word.replace('N', &number.to_string())));
            let place = |words: &[String]| names.iter().position(|name| words.contains(name));
            Some((place(&is_name)?, place(&is_value)?))
        };
        let options = (1..=MAX_OPTIONS).map_while(option).collect();
        Self { header: header.to_vec(), places, options }
    }

    fn cell<'a>(&self, cells: &'a Cells, column: &str) -> &'a str {
        self.places.get(column).map(|place| cells.get(*place)).unwrap_or_default()
    }

    fn label(&self, column: &'static str) -> &str {
        self.places.get(column).and_then(|place| self.header.get(*place)).map_or(column, String::as_str)
    }
}

/// How many of WooCommerce's columns a header has; none if it is no such export.
pub(crate) fn score(header: &[String]) -> usize {
    let columns = Columns::of(header);
    let has = |names: &[&str]| names.iter().all(|name| columns.places.contains_key(name));
    let is_export =
        has(&["price", "name"]) && (has(&["id"]) || has(&["sku"])) && (has(&["published"]) || has(&["type"]));
    if is_export { columns.places.len() + columns.options.len() } else { 0 }
}

/// One row, and what it says.
struct Product {
    row: u64,
    cells: Cells,
    kind: String,
}

/// What was read so far: a variation may stand before the product that it belongs to.
#[derive(Default)]
pub(crate) struct Shop(Vec<(std::rc::Rc<Columns>, Product)>);

impl Shop {
    /// Reads a table behind its header.
    pub(crate) fn read(
        &mut self,
        mut table: Table<'_>,
        options: &ImportOptions,
        collector: &mut Collector,
    ) -> Result<(), CatalogError> {
        let columns = std::rc::Rc::new(Columns::of(&table.header));
        options.note_currency(&mut collector.report);
        let kinds = columns.places.get("type").copied();
        let width = table.header.len();
        table.rows_are(Box::new(move |cells| {
            let kind = kinds.map(|place| cells.get(place)).unwrap_or("simple");
            cells.len() == width
                && KINDS.iter().any(|known| kind.split(',').any(|word| word.trim() == *known))
        }));
        while let Some((row, cells)) = table.next_read(&mut collector.report)? {
            let kind = columns.cell(&cells, "type").to_lowercase();
            self.0.push((std::rc::Rc::clone(&columns), Product { row, cells, kind }));
        }
        Ok(())
    }

    /// Hands over all products and variations.
    pub(crate) fn finish(self, options: &ImportOptions, collector: &mut Collector) {
        let mut parents: HashMap<String, usize> = HashMap::new();
        for (place, (columns, product)) in
            self.0.iter().enumerate().filter(|(_, (_, product))| !product.is("variation"))
        {
            let [id, sku] = ["id", "sku"].map(|column| columns.cell(&product.cells, column));
            for key in [format!("id:{id}"), sku.to_owned()] {
                parents.entry(key).or_insert(place);
            }
        }
        let style = Style { currency: Some(options.shop_currency()), exact: true };
        for (columns, product) in &self.0 {
            let parent = columns.cell(&product.cells, "parent");
            let parent =
                parents.get(parent).and_then(|place| self.0.get(*place)).filter(|_| !parent.is_empty());
            let one = One {
                columns,
                product,
                parent: parent.map(|(columns, product)| (columns.as_ref(), product)),
            };
            one.take(style, collector);
        }
    }
}

const KINDS: [&str; 5] = ["simple", "variable", "variation", "grouped", "external"];

impl Product {
    fn is(&self, kind: &str) -> bool {
        self.kind.split(',').any(|word| word.trim() == kind)
    }
}

struct One<'a> {
    columns: &'a Columns,
    product: &'a Product,
    parent: Option<(&'a Columns, &'a Product)>,
}

impl<'a> One<'a> {
    fn cell(&self, column: &str) -> &'a str {
        self.columns.cell(&self.product.cells, column)
    }

    /// Its own cell, or the one of the product that it belongs to.
    fn inherited(&self, column: &str) -> &'a str {
        let of_parent =
            || self.parent.map(|(columns, parent)| columns.cell(&parent.cells, column)).unwrap_or_default();
        fields::some(self.cell(column)).unwrap_or_else(of_parent)
    }

    fn key(&self) -> &'a str {
        fields::some(self.cell("sku")).unwrap_or(self.cell("id"))
    }

    fn take(&self, style: Style<'_>, collector: &mut Collector) {
        let row = self.product.row;
        if let Some(reason) = self.left_out() {
            return collector.report.leave_out(row, self.key(), reason);
        }
        if self.product.is("variation") && self.parent.is_none() {
            return collector.report.refuse(row, fields::some(self.key()), Reason::ProductMissing);
        }
        let mut repairs = Vec::new();
        if self.product.cells.quote_taken {
            repairs.push(Reason::QuoteTaken.into());
        }
        match self.item(style, &mut repairs) {
            Ok(item) => {
                let fallback = made_id(
                    fields::some(&slug(&item.title)).unwrap_or("product"),
                    self.options().into_iter().map(|(_, value)| value),
                );
                let id = fields::some(self.cell("id")).map_or(fallback, str::to_owned);
                let sku = Sku {
                    column: self.columns.label("sku").to_owned(),
                    given: self.cell("sku").to_owned(),
                    made: id,
                };
                collector.take_variant(row, item, sku, repairs);
            }
            Err(fault) => collector.report.refuse(row, fields::some(self.key()), fault),
        }
    }

    /// Why it is not for sale by itself, if it is not.
    fn left_out(&self) -> Option<Reason> {
        let published = |cell: &str| match cell {
            "0" => Some(Reason::Unpublished),
            "-1" => Some(Reason::Draft),
            _ => None,
        };
        let of_parent = |column: &str| {
            self.parent.map(|(columns, parent)| columns.cell(&parent.cells, column)).unwrap_or_default()
        };
        let hidden = |cell: &str| cell.eq_ignore_ascii_case("hidden").then_some(Reason::Unlisted);
        let composed = self.product.is("variable") || self.product.is("grouped");
        let own = published(self.cell("published")).or_else(|| hidden(self.cell("visibility")));
        let parents = published(of_parent("published")).or_else(|| hidden(of_parent("visibility")));
        own.or(parents).or(composed.then_some(Reason::VariantsElsewhere))
    }

    /// Names and values of what sets a variation apart.
    fn options(&self) -> Vec<(&'a str, &'a str)> {
        let cells = &self.product.cells;
        let pair = |(name, value): &(usize, usize)| (cells.get(*name), cells.get(*value));
        self.columns
            .options
            .iter()
            .map(pair)
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .collect()
    }

    fn item(&self, style: Style<'_>, repairs: &mut Vec<Fault>) -> Result<Item, Fault> {
        let mut raw = Raw::default();
        let mut add = |attribute: Attribute, column: &'static str, text: &'a str| {
            raw.add(attribute, self.columns.label(column).to_owned(), text);
        };
        add(A::Title, "name", self.inherited("name"));
        add(A::Description, "description", self.inherited("description"));
        add(A::Description, "short", self.inherited("short"));
        add(A::Price, "price", self.cell("price"));
        add(A::SalePrice, "sale", self.cell("sale"));
        add(A::Gtin, "gtin", self.cell("gtin"));
        add(A::Brand, "brands", self.inherited("brands").split([',', '>']).next().unwrap_or_default());
        add(A::Link, "url", self.inherited("url"));
        add(A::Sensitive, "sensitive", self.inherited("sensitive"));
        add(A::Category, "category", self.inherited("category"));
        for tag in self.inherited("tags").split(',') {
            add(A::Tags, "tags", tag);
        }
        self.paths(&mut raw);
        self.pictures(&mut raw);
        self.sale_period(&mut raw);
        for (name, value) in self.options() {
            let known = Attribute::named(name).or_else(|| Attribute::named(name.trim_start_matches("pa_")));
            let own = [A::Color, A::Size, A::Material, A::Pattern, A::Gender, A::AgeGroup, A::Brand];
            match known.filter(|known| own.contains(known)) {
                Some(attribute) => {
                    raw.add(attribute, name, value.split(',').map(str::trim).collect::<Vec<_>>().join("/"))
                }
                None => value.split(',').for_each(|value| {
                    raw.add(A::Tags, name, format!("{}:{}", name.to_lowercase(), value.trim()))
                }),
            }
        }
        let group = self.parent.map(|(columns, parent)| {
            fields::some(columns.cell(&parent.cells, "sku")).unwrap_or(columns.cell(&parent.cells, "id"))
        });
        raw.add(A::ItemGroupId, "parent", group.unwrap_or_default());
        let mut item = Item::default();
        fields::fill(&mut item, &raw, style, repairs)?;
        fields::require(&item, &raw)?;
        item.availability = self.availability();
        Ok(item)
    }

    /// `Clothing > Hoodies, Gifts`: the first path, and the others as tags. A comma in a name is written `\,`.
    fn paths(&self, raw: &mut Raw<'a>) {
        let cell = self.inherited("categories").replace("\\,", "\u{0}");
        for path in cell.split(',').map(|path| path.replace('\u{0}', ",")) {
            raw.add(A::ProductType, self.columns.label("categories").to_owned(), path.trim().to_owned());
        }
    }

    fn pictures(&self, raw: &mut Raw<'a>) {
        let images = [self.cell("images"), self.inherited("images")];
        let images = images.into_iter().flat_map(fields::addresses);
        for (place, image) in images.enumerate() {
            raw.add(if place == 0 { A::ImageLink } else { A::MoreImages }, "images", image);
        }
    }

    /// Both days of a sale; an open end lies far away.
    fn sale_period(&self, raw: &mut Raw<'a>) {
        let [from, until] = ["from", "until"].map(|column| self.cell(column));
        if from.is_empty() && until.is_empty() {
            return;
        }
        let from = fields::some(from).unwrap_or("1970-01-01");
        let until = fields::some(until).unwrap_or("2999-12-31");
        let read = dates::between(from, until);
        let period = read.and_then(|period| {
            Some(format!("{}/{}", dates::write(period.from_ms)?, dates::write(period.until_ms)?))
        });
        raw.add(
            A::SalePeriod,
            self.columns.label("from").to_owned(),
            period.unwrap_or_else(|| format!("{from}/{until}")),
        );
    }

    fn availability(&self) -> Availability {
        let stock = self.cell("stock").parse::<f64>().ok();
        let may_wait = matches!(self.cell("backorders"), "1" | "notify" | "yes");
        match (self.cell("in_stock"), stock) {
            ("backorder", _) => Availability::Backorder,
            ("0", _) => Availability::OutOfStock,
            (_, Some(pieces)) if pieces <= 0.0 && may_wait => Availability::Backorder,
            (_, Some(pieces)) if pieces <= 0.0 => Availability::OutOfStock,
            _ => Availability::InStock,
        }
    }
}

fn slug(title: &str) -> String {
    name(&html::text(title)).replace('_', "-")
}
