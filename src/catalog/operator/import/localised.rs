//! Merchant Center's attribute names and values as its help pages have them in other languages. German, French, Spanish,
//! Italian, Dutch, Portuguese, Polish, Swedish, Danish, Norwegian, Finnish, Czech, Turkish, Russian, Ukrainian, Japanese.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::catalog::Availability;
use crate::catalog::operator::import::names::{Attribute, Attribute as A, name};

/// Names beside the English ones, as [`name`] writes them.
pub(crate) const LOCALISED: &[(Attribute, &str)] = &[
    (A::Id, "identifiant|identificador|identyfikator|идентификатор|ідентифікатор|商品id"),
    (
        A::ItemGroupId,
        "artikelgruppen_id|artikelgruppe|identifiant_groupe|identifiant_du_groupe_d_articles|id_del_grupo_de_artículos|\
identificador_de_grupo_de_artículos|id_gruppo_articoli|id_gruppo|artikelgroep_id|id_do_grupo_de_itens|id_grupy_produktów|\
artikelgrupps_id|varegruppe_id|tuoteryhmän_tunnus|id_skupiny_položek|商品グループ_id|идентификатор_группы_товаров",
    ),
    (A::Title, "titel|titre|título|titolo|tytuł|tittel|nimike|název|başlık|название|назва|商品名|タイトル"),
    (
        A::Description,
        "beschreibung|descripción|descrizione|beschrijving|descrição|opis|beskrivning|beskrivelse|kuvaus|popis|açıklama|\
описание|опис|商品説明|説明",
    ),
    (
        A::Brand,
        "marke|marque|marca|merk|marka|märke|varemærke|mærke|merke|tuotemerkki|brändi|značka|бренд|торговая_марка|ブランド",
    ),
    (
        A::Category,
        "google_produktkategorie|catégorie_de_produit_google|catégorie_de_produits_google|categoría_de_producto_de_google|\
categoría_en_google_product|categoria_prodotto_google|google_productcategorie|categoria_do_produto_no_google|\
categoria_de_produto_do_google|kategoria_produktu_google|googles_produktkategori|google_produktkategori|googlen_tuoteluokka|\
kategorie_produktů_google|google_ürün_kategorisi|категория_продукта_google|google_商品カテゴリ",
    ),
    (
        A::ProductType,
        "produkttyp|type_de_produit|catégorie|tipo_de_producto|tipo_di_prodotto|categoria_di_prodotto|producttype|\
tipo_de_produto|typ_produktu|produkttype|tuotetyyppi|ürün_türü|тип_товара|商品カテゴリ",
    ),
    (A::Price, "preis|prix|precio|prezzo|prijs|preço|cena|pris|hinta|fiyat|цена|ціна|価格"),
    (
        A::SalePrice,
        "sonderangebotspreis|angebotspreis|prix_soldé|prix_promotionnel|precio_de_oferta|precio_oferta|prezzo_scontato|\
sale_prijs|verkoopprijs|actieprijs|preço_promocional|cena_promocyjna|reapris|rabatpris|udsalgspris|salgspris|alennushinta|\
akční_cena|prodejní_cena|indirimli_fiyat|цена_со_скидкой|ціна_зі_знижкою|セール価格",
    ),
    (
        A::SalePeriod,
        "sonderangebotszeitraum|gültigkeitsdatum_für_sonderangebotspreis|sonderangebotspreis_gültigkeitsdatum|\
date_d_application_des_soldes|dates_effectives_des_soldes|fecha_efectiva_de_precio_de_oferta|fecha_de_precio_de_oferta|\
periodo_validità_prezzo_scontato|ingangsdatum_sale_prijs|data_efetiva_do_preço_promocional|okres_ceny_promocyjnej|セール価格有効期間",
    ),
    (
        A::Availability,
        "verfügbarkeit|disponibilité|disponibilidad|disponibilità|beschikbaarheid|disponibilidade|dostępność|\
tillgänglighet|tilgængelighed|tilgjengelighet|saatavuus|dostupnost|stok_durumu|наличие|доступность|наявність|在庫状況|在庫",
    ),
    (
        A::Quantity,
        "bestand|menge|quantité|cantidad|quantità|aantal|quantidade|ilość|antal|antall|määrä|množství|miktar|количество",
    ),
    (A::Color, "farbe|couleur|colore|kleur|cor|kolor|färg|farve|farge|väri|barva|renk|цвет|колір|色"),
    (
        A::Size,
        "größe|groesse|taille|talla|taglia|maat|tamanho|rozmiar|storlek|størrelse|koko|velikost|beden|размер|розмір|サイズ",
    ),
    (
        A::SizeSystem,
        "größensystem|système_de_taille|sistema_de_tallas|sistema_taglie|maatsysteem|sistema_de_tamanhos",
    ),
    (A::SizeType, "größentyp|type_de_taille|tipo_de_talla|tipo_di_taglia|maattype|tipo_de_tamanho"),
    (
        A::Material,
        "matière|matériau|materiale|materiaal|materiał|materiali|materiál|malzeme|материал|матеріал|素材",
    ),
    (
        A::Pattern,
        "muster|motif|estampado|diseño|motivo|fantasia|patroon|padrão|wzór|mönster|mønster|kuosi|vzor|desen|узор|柄|パターン",
    ),
    (
        A::Gender,
        "geschlecht|sexe|genre|sexo|genere|sesso|geslacht|gênero|género|płeć|kön|køn|kjønn|sukupuoli|pohlaví|cinsiyet|пол|стать|性別",
    ),
    (
        A::AgeGroup,
        "altersgruppe|tranche_d_âge|tranche_d_age|grupo_de_edad|edad|fascia_di_età|fascia_d_età|leeftijdsgroep|faixa_etária|\
grupa_wiekowa|åldersgrupp|aldersgruppe|ikäryhmä|věková_skupina|yaş_grubu|возрастная_группа|вікова_група|年齢層",
    ),
    (
        A::Condition,
        "zustand|état|etat|estado|condizione|staat|conditie|condição|stan|skick|tilstand|stand|kunto|stav|durum|состояние|стан|状態",
    ),
    (
        A::Link,
        "lien|enlace|vínculo|collegamento|länk|linkki|odkaz|bağlantı|ссылка|посилання|リンク|商品リンク",
    ),
    (
        A::ImageLink,
        "bildlink|bild_link|lien_image|lien_de_l_image|enlace_imagen|enlace_de_imagen|link_immagine|link_dell_immagine|\
afbeeldingslink|afbeelding_link|link_da_imagem|link_do_zdjęcia|link_do_obrazu|bildlänk|billedlink|bildelenke|kuvalinkki|\
odkaz_na_obrázek|resim_bağlantısı|ссылка_на_изображение|商品画像リンク|画像リンク",
    ),
    (
        A::MoreImages,
        "zusätzlicher_bildlink|weiterer_bildlink|lien_image_supplémentaire|lien_de_l_image_supplémentaire|\
enlace_imagen_adicional|enlace_de_imagen_adicional|link_immagine_aggiuntiva|extra_afbeeldingslink|link_da_imagem_adicional|\
dodatkowy_link_do_zdjęcia|追加の商品画像リンク",
    ),
];

/// Words for availability, as [`name`] writes them, in the order of [`Availability`]'s values.
const AVAILABILITY: [(Availability, &str); 4] = [
    (
        Availability::InStock,
        "in_stock|instock|available|limited_availability|instoreonly|in_store_only|onlineonly|online_only|\
limitedavailability|auf_lager|vorrätig|lieferbar|verfügbar|sofort_lieferbar|en_stock|disponible|in_magazzino|disponibile|disponibilità_immediata|\
op_voorraad|beschikbaar|em_estoque|em_stock|disponível|w_magazynie|dostępny|dostępne|w_sprzedaży|i_lager|finns_i_lager|på_lager|\
varastossa|saatavilla|skladem|stokta|stokta_var|mevcut|в_наличии|є_в_наявності|в_наявності|在庫あり|true|yes|1",
    ),
    (
        Availability::OutOfStock,
        "out_of_stock|outofstock|sold_out|soldout|unavailable|not_available|discontinued|nicht_auf_lager|ausverkauft|\
nicht_vorrätig|nicht_verfügbar|nicht_lieferbar|en_rupture_de_stock|rupture_de_stock|épuisé|indisponible|sin_stock|agotado|no_disponible|sin_existencias|\
esaurito|non_disponibile|niet_op_voorraad|uitverkocht|niet_beschikbaar|sem_estoque|fora_de_estoque|sem_stock|esgotado|indisponível|brak_w_magazynie|niedostępny|\
brak|slut_i_lager|ej_i_lager|udsolgt|ikke_på_lager|utsolgt|loppu|loppu_varastosta|ei_varastossa|není_skladem|vyprodáno|stokta_yok|\
tükendi|нет_в_наличии|немає_в_наявності|在庫なし|false|no|0",
    ),
    (
        Availability::Preorder,
        "preorder|pre_order|presale|presell|vorbestellung|vorbestellt|vorbestellbar|précommande|en_précommande|reserva|preventa|pedido_anticipado|\
preordine|in_preordine|pre_orden|vooraf_bestellen|pre_venda|pré_venda|pré_encomenda|przedsprzedaż|zamówienie_przedpremierowe|förhandsbeställning|forudbestilling|\
forhåndsbestilling|ennakkotilaus|předobjednávka|ön_sipariş|предзаказ|передзамовлення|予約|予約注文",
    ),
    (
        Availability::Backorder,
        "backorder|back_order|onbackorder|on_backorder|available_for_order|made_to_order|madetoorder|nachbestellung|rückstand|lieferrückstand|\
en_attente_de_réapprovisionnement|sur_commande|en_commande|pedido_pendiente|bajo_pedido|ordine_in_arretrato|su_ordinazione|nabestelling|\
in_nabestelling|encomenda|em_espera|por_encomenda|zamówienie_oczekujące|na_zamówienie|restorder|restordre|jälkitoimitus|na_objednávku|\
ön_siparişte|под_заказ|入荷待ち|取り寄せ",
    ),
];

/// Google's words for gender, condition and age group in other languages, as [`name`] writes them.
const VALUES: [(&str, &str); 11] = [
    (
        "female",
        "weiblich|damen|frauen|femme|femmes|féminin|mujer|mujeres|femenino|donna|donne|femminile|vrouw|vrouwen|vrouwelijk|dames|feminino|mulher|mulheres|\
kobieta|kobiety|damskie|kvinna|kvinnor|dam|kvinde|kvinder|kvinne|naiset|nainen|žena|ženy|dámské|kadın|женский|женщины|жіноча|жіночий|女性",
    ),
    (
        "male",
        "männlich|herren|männer|homme|hommes|masculin|hombre|hombres|masculino|uomo|uomini|maschile|man|mannen|mannelijk|heren|homem|homens|\
mężczyzna|mężczyźni|męskie|herr|män|mænd|mand|menn|miehet|mies|muž|muži|pánské|erkek|мужской|мужчины|чоловіча|чоловічий|男性",
    ),
    ("unisex", "unisexe|uniseks|uniszex|унисекс|унісекс|男女兼用"),
    (
        "new",
        "neu|neuf|nouveau|nuevo|nueva|nuovo|nieuw|novo|nowy|nowe|ny|nytt|uusi|nové|nový|yeni|новый|новое|новий|新品",
    ),
    (
        "refurbished",
        "erneuert|generalüberholt|reconditionné|remis_à_neuf|reacondicionado|ricondizionato|gereviseerd|refurbished|recondicionado|odnowiony|renoverad|istandsat|kunnostettu|repasované|yenilenmiş|восстановленный|відновлений|再生品",
    ),
    (
        "used",
        "gebraucht|occasion|usagé|d_occasion|usado|usato|gebruikt|tweedehands|używany|używane|begagnad|begagnat|brugt|brukt|käytetty|použité|použitý|kullanılmış|бывший_в_употреблении|вживаний|中古品",
    ),
    (
        "adult",
        "erwachsene|erwachsener|adulte|adulto|adultos|adulti|volwassene|volwassenen|dorosły|dorośli|vuxen|vuxna|voksen|voksne|aikuinen|aikuiset|dospělý|dospělí|yetişkin|взрослые|дорослі|大人",
    ),
    (
        "kids",
        "kinder|enfant|enfants|niños|bambini|kinderen|criança|crianças|dzieci|barn|børn|lapset|děti|çocuk|дети|діти|子供",
    ),
    (
        "toddler",
        "kleinkind|kleinkinder|tout_petit|tout_petits|niños_pequeños|peuter|peuters|småbarn|batolata|малыши",
    ),
    (
        "infant",
        "säugling|kleinstkind|nourrisson|bebé|bebés|zuigeling|lactente|niemowlę|spädbarn|spædbarn|kojenci|младенцы",
    ),
    (
        "newborn",
        "neugeborene|neugeborenes|nouveau_né|recién_nacido|neonato|neonati|pasgeborene|recém_nascido|noworodek|nyfödd|nyfødt|novorozenci|новорожденные|新生児",
    ),
];

/// Google's word for a gender, condition or age group; the word itself if it is none in a language that is known.
pub(crate) fn value(word: &str) -> String {
    static KNOWN: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
        VALUES.iter().flat_map(|(value, words)| words.split('|').map(|word| (word, *value))).collect()
    });
    KNOWN.get(name(word).as_str()).map_or_else(|| word.to_lowercase(), |value| (*value).to_owned())
}

/// The availability that a word says, in any language that is known.
pub(crate) fn availability(word: &str) -> Option<Availability> {
    let word = name(word.trim_start_matches("http://schema.org/").trim_start_matches("https://schema.org/"));
    static KNOWN: LazyLock<HashMap<&'static str, Availability>> = LazyLock::new(|| {
        AVAILABILITY.iter().flat_map(|(found, words)| words.split('|').map(|word| (word, *found))).collect()
    });
    KNOWN.get(word.as_str()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn availability_in_many_languages() {
        for (word, expected) in [
            ("in stock", Some(Availability::InStock)),
            ("https://schema.org/OutOfStock", Some(Availability::OutOfStock)),
            ("Auf Lager", Some(Availability::InStock)),
            ("nicht auf Lager", Some(Availability::OutOfStock)),
            ("en rupture de stock", Some(Availability::OutOfStock)),
            ("在庫なし", Some(Availability::OutOfStock)),
            ("pre-order", Some(Availability::Preorder)),
            ("available for order", Some(Availability::Backorder)),
            ("maybe", None),
            ("", None),
        ] {
            assert_eq!(availability(word), expected, "{word}");
        }
        assert_eq!(
            (value("Damen").as_str(), value("d'occasion").as_str(), value("Adults").as_str()),
            ("female", "used", "adults")
        );
        let all: Vec<&str> = AVAILABILITY.iter().flat_map(|(_, words)| words.split('|')).collect();
        assert!(
            all.iter()
                .all(|word| &name(word) == word && all.iter().filter(|other| other == &word).count() == 1)
        );
    }
}
