//! What sensitive categories are called in other languages: Google's names where they are known, and the usual words.

/// Words that join two others, folded.
pub(super) const CONNECTING: [&str; 22] = [
    "and", "und", "et", "y", "e", "en", "og", "och", "ja", "i", "a", "ve", "и", "та", "i", "és", "es", "si",
    "u", "in", "και", "va",
];

/// Paths of the built-in list, each with the names of its last step. A name says the category wherever it stands, so a name that
/// may mean something else is not among them.
pub(super) const TERMS: [(&str, &str); 21] = [
    (
        "Health & Beauty > Health Care",
        "Gesundheitspflege|Gesundheitsversorgung|Soins de santé|Cuidado de la salud|Cuidados de la salud|Cuidado médico|Assistenza sanitaria|\
Cura della salute|Gezondheidszorg|Cuidados com a saúde|Cuidados de saúde|Opieka zdrowotna|Ochrona zdrowia|Hälsovård|Sjukvård|Sundhedspleje|Helsepleie|\
Terveydenhoito|Zdravotní péče|Zdravotná starostlivosť|Egészségügy|Îngrijirea sănătății|Sağlık Bakımı|Уход за здоровьем|Здоровье и медицина|Догляд за здоров'ям|ヘルスケア|健康护理|保健|건강 관리|\
Arzneimittel|Medikamente|Médicaments|Medicamentos|Farmaci|Medicinali|Geneesmiddelen|Leki|Läkemedel|Lægemidler|Legemidler|Lääkkeet|Léky|İlaçlar|Лекарства|Ліки|\
Medicine & Drugs|Medikamente & Arzneimittel|Farmacia|Pharmacie|Apotheke|Apotek|Apteka|Drugstore Medicine|医薬品|药品|의약품",
    ),
    (
        "Health & Beauty > Health Care > Condoms",
        "Condoms|Kondome|Préservatifs|Condones|Preservativos|Preservativi|Profilattici|Condooms|Camisinhas|Prezerwatywy|Kondomer|Kondomit|Kondomy|\
Kondómy|Óvszerek|Prezervative|Prezervatifler|Kondom|Презервативы|Презервативи|Προφυλακτικά|コンドーム|避孕套|安全套|保險套|콘돔|ถุงยางอนามัย|Bao cao su|Kondom Pria",
    ),
    (
        "Health & Beauty > Health Care > Contraceptive Cases",
        "Contraceptive Cases|Contraceptives|Contraception|Behälter für Verhütungsmittel|Verhütungsmittel|Verhütung|Contraceptifs|Anticonceptivos|Contraccettivi|\
Anticonceptie|Anticoncepcionais|Contracetivos|Antykoncepcja|Preventivmedel|Prævention|Prevensjon|Ehkäisy|Antikoncepce|Fogamzásgátlás|Doğum Kontrol|Контрацептивы|Контрацепція|避妊具|避孕用品",
    ),
    (
        "Health & Beauty > Health Care > Incontinence Aids",
        "Incontinence Aids|Incontinence|Inkontinenzartikel|Inkontinenz|Produits pour incontinence|Protections pour incontinence|Incontinence urinaire|Incontinencia|Incontinenza|Incontinentie|\
Incontinentiehulpmiddelen|Incontinência|Nietrzymanie moczu|Inkontinens|Inkontinenssi|Inkontinence|Inkontinencia|Недержание|Нетримання|失禁用品|尿ケア|요실금",
    ),
    (
        "Health & Beauty > Health Care > Biometric Monitors > Fertility Monitors and Ovulation Tests",
        "Fertility Monitors and Ovulation Tests|Ovulation Tests|Fertility|Fruchtbarkeitsmonitore & Ovulationstests|Ovulationstests|Fruchtbarkeit|Tests d'ovulation|Fertilité|Pruebas de ovulación|Fertilidad|\
Test di ovulazione|Fertilità|Ovulatietesten|Ovulatietests|Vruchtbaarheid|Testes de ovulação|Fertilidade|Testy owulacyjne|Płodność|Ägglossningstest|Ægløsningstest|Eggløsningstest|Ovulaatiotestit|Ovulační testy|Тесты на овуляцию|排卵検査薬|排卵试纸",
    ),
    (
        "Health & Beauty > Health Care > Biometric Monitors > Prenatal Heart Rate Monitors",
        "Prenatal Heart Rate Monitors|Pränatale Herzfrequenzmesser|Moniteurs cardiaques prénataux|Monitores de frecuencia cardíaca prenatal|Prenatale hartslagmeters",
    ),
    (
        "Health & Beauty > Health Care > Medical Tests > Pregnancy Tests",
        "Pregnancy Tests|Schwangerschaftstests|Tests de grossesse|Pruebas de embarazo|Tests de embarazo|Test di gravidanza|Zwangerschapstesten|Zwangerschapstests|Testes de gravidez|\
Testy ciążowe|Graviditetstest|Graviditetstester|Graviditetstests|Raskaustestit|Těhotenské testy|Tehotenské testy|Terhességi tesztek|Teste de sarcină|Gebelik Testleri|Тесты на беременность|Тести на вагітність|妊娠検査薬|妊娠检测|验孕|임신 테스트",
    ),
    (
        "Health & Beauty > Health Care > Medical Tests > HIV Tests",
        "HIV Tests|HIV-Tests|Tests VIH|Tests de dépistage du VIH|Pruebas de VIH|Pruebas del VIH|Test HIV|Hiv-tests|Testes de HIV|Testy na HIV|HIV-test|HIV-testit|HIV testy|Тесты на ВИЧ",
    ),
    (
        "Health & Beauty > Health Care > Medical Tests > Drug Tests",
        "Drug Tests|Drogentests|Tests de dépistage de drogues|Pruebas de drogas|Pruebas de detección de drogas|Test antidroga|Drugstests|Testes de drogas|Testy na narkotyki|Drogtester|Narkotest|Huumetestit|Тесты на наркотики",
    ),
    (
        "Health & Beauty > Health Care > Biometric Monitors > Breathalyzers",
        "Breathalyzers|Alkoholmessgeräte|Alkoholtester|Éthylotests|Alcootests|Alcoholímetros|Etilometri|Alcoholmeters|Bafômetros|Alkomaty|Alkomätare|Alkometre|Alkoholtestere|Alkometrit|Алкотестеры",
    ),
    (
        "Health & Beauty > Personal Care > Feminine Sanitary Supplies",
        "Feminine Sanitary Supplies|Feminine Hygiene|Damenhygieneartikel|Damenhygiene|Monatshygiene|Intimpflege|Hygiène féminine|Protections hygiéniques|Higiene femenina|Higiene íntima|Igiene femminile|Igiene intima|\
Dameshygiëne|Damesverband|Vrouwenhygiëne|Higiene feminina|Higiena kobieca|Higiena intymna|Mensskydd|Intimhygien|Hygiejnebind|Kuukautissuojat|Dámská hygiena|Intímna hygiena|Női higiénia|Kadın Hijyeni|Kadın Bakımı|Женская гигиена|Жіноча гігієна|生理用品|女性卫生用品|여성 위생용품",
    ),
    (
        "Health & Beauty > Personal Care > Personal Lubricants",
        "Personal Lubricants|Lubricants & Intimacy|Gleitmittel|Gleitgel|Gleitgele|Lubrifiants intimes|Lubricantes íntimos|Lubricantes personales|Lubrificanti intimi|Glijmiddelen|Lubrificantes íntimos|Lubrificantes pessoais|Lubrykanty|Glidmedel|Glidecreme|Glidemidler|Liukuvoiteet|Lubrikační gely|Интимные смазки|潤滑ゼリー|润滑剂",
    ),
    (
        "Apparel & Accessories > Clothing > Maternity Clothing",
        "Maternity Clothing|Maternity|Maternity Wear|Umstandsmode|Umstandskleidung|Vêtements de grossesse|Maternité|Vêtements de maternité|Ropa premamá|Ropa de maternidad|Premamá|Abbigliamento premaman|Premaman|Zwangerschapskleding|Positiekleding|Roupa de gravidez|Roupas para gestantes|Moda gestante|Odzież ciążowa|Moda ciążowa|Mammakläder|Gravidkläder|Ventetøj|Mammaklær|Äitiysvaatteet|Těhotenské oblečení|Tehotenské oblečenie|Kismama ruházat|Hamile Giyim|Одежда для беременных|Одяг для вагітних|マタニティウェア|孕妇装|임부복",
    ),
    (
        "Apparel & Accessories > Clothing Accessories > Maternity Belts & Support Bands",
        "Maternity Belts & Support Bands|Schwangerschaftsgürtel & Bauchstützen|Ceintures de grossesse|Ceintures et bandeaux de grossesse|Fajas de embarazo|Fasce premaman|Zwangerschapsbanden|Cintas de gravidez|Pasy ciążowe",
    ),
    (
        "Baby & Toddler > Nursing & Feeding > Breast Pumps",
        "Breast Pumps|Milchpumpen|Tire-lait|Sacaleches|Extractores de leche|Tiralatte|Borstkolven|Bombas tira-leite|Bombas de tirar leite|Extratores de leite|Laktatory|Bröstpumpar|Brystpumper|Rintapumput|Odsávačky mléka|Mellszívók|Göğüs Pompaları|Молокоотсосы|Молоковідсмоктувачі|搾乳器|搾乳機|吸奶器|유축기",
    ),
    (
        "Religious & Ceremonial > Religious Items",
        "Religious Items|Religiöse Artikel|Articles religieux|Objets religieux|Artículos religiosos|Objetos religiosos|Articoli religiosi|Oggetti religiosi|Religieuze artikelen|Artigos religiosos|Artykuły religijne|Dewocjonalia|Religiösa artiklar|Religiösa föremål|Religiøse artikler|Religiøse genstander|Uskonnolliset esineet|Uskonnolliset tuotteet|Náboženské předměty|Vallási tárgyak|Dini Eşyalar|Религиозные товары|Релігійні товари|宗教用品|종교 용품",
    ),
    (
        "Religious & Ceremonial > Memorial Ceremony Supplies",
        "Memorial Ceremony Supplies|Artikel für Gedenkzeremonien|Articles funéraires|Articles pour cérémonies commémoratives|Artículos para ceremonias conmemorativas|Articoli per cerimonie commemorative|Herdenkingsartikelen|Artykuły pogrzebowe|Ритуальные товары",
    ),
    (
        "Mature > Erotic",
        "Erotic|Erotik|Érotique|Articles érotiques|Erótico|Artículos eróticos|Erotico|Articoli erotici|Erotica|Erotiek|Erótica|Produtos eróticos|Erotyka|Erotiikka|Erotika|Erotické zboží|Erotické pomůcky|Erotikus|Сексуальные товары|Эротика|Еротика|Товары для секса|アダルトグッズ|成人用品|情趣用品|성인용품|\
Sex Toys|Sexspielzeug|Sextoys|Jouets sexuels|Juguetes sexuales|Juguetes eróticos|Giocattoli sessuali|Seksspeeltjes|Seksspeelgoed|Brinquedos eróticos|Brinquedos sexuais|Zabawki erotyczne|Sexleksaker|Sexlegetøj|Sexleketøy|Seksilelut|Seksivälineet|Секс-игрушки|Секс-іграшки|Adult Toys|Vibrators|Vibratoren|Vibromasseurs|Vibradores|Vibratori|Dildos",
    ),
    (
        "Food, Beverages & Tobacco > Tobacco Products",
        "Tobacco Products|Tobacco|Tabakprodukte|Tabakwaren|Tabak|Produits du tabac|Tabac|Productos de tabaco|Tabaco|Prodotti del tabacco|Tabacco|Tabaksproducten|Tabaksartikelen|Produtos de tabaco|Produtos derivados do tabaco|Wyroby tytoniowe|Tytoń|Tobaksprodukter|Tobaksvaror|Tobaksvarer|Tobakk|Tupakkatuotteet|Tabákové výrobky|Dohánytermékek|Produse din tutun|Tütün Ürünleri|Табачные изделия|Табак|Тютюнові вироби|たばこ|タバコ製品|烟草制品|담배|\
Cigarettes|Zigaretten|Cigarrillos|Sigarette|Sigaretten|Cigarros|Papierosy|Cigaretter|Sigaretter|Savukkeet|Cigarety|Сигареты|Сигарети|Vaporizers & Electronic Cigarettes|E-Zigaretten|Cigarettes électroniques|Cigarrillos electrónicos|Sigarette elettroniche|E-sigaretten",
    ),
    (
        "Food, Beverages & Tobacco > Beverages > Alcoholic Beverages",
        "Alcoholic Beverages|Alcoholic Drinks|Alcohol|Alkoholische Getränke|Boissons alcoolisées|Alcools|Bebidas alcohólicas|Bevande alcoliche|Alcolici|Alcoholische dranken|Bebidas alcoólicas|Napoje alkoholowe|Alkohole|Alkoholhaltiga drycker|Alkoholdrycker|Alkoholiske drikkevarer|Alkoholiske drikker|Alkoholijuomat|Alkoholické nápoje|Alkoholos italok|Băuturi alcoolice|Alkollü İçecekler|Алкогольные напитки|Алкогольні напої|アルコール飲料|お酒|酒类|酒精饮料|주류|\
Liquor & Spirits|Spirituosen|Spiritueux|Licores|Liquori|Sterke drank|Destilados|Mocne alkohole|Whisky|Whiskey|Wodka|Vodka|Gin|Bier|Bière|Cerveza|Birra|Cerveja|Piwo|Øl|Beer|Wein|Vin|Vino|Vinho|Wine|Wijn|Wina",
    ),
    (
        "Arts & Entertainment > Hobbies & Creative Arts > Homebrewing & Winemaking Supplies",
        "Homebrewing & Winemaking Supplies|Homebrewing|Zubehör für Bier- & Weinherstellung|Brassage et vinification|Brassage maison|Elaboración de cerveza y vino|Birra e vino fatti in casa|Zelf bier brouwen en wijn maken|Fabricação de cerveja e vinho|Piwowarstwo i winiarstwo",
    ),
];

/// The highest steps of Google's list in the languages that are known.
pub(super) const TOPS: [&str; 13] = [
    "Animals & Pet Supplies|Apparel & Accessories|Arts & Entertainment|Baby & Toddler|Business & Industrial|Cameras & Optics|Electronics|\
Food, Beverages & Tobacco|Furniture|Hardware|Health & Beauty|Home & Garden|Luggage & Bags|Mature|Media|Office Supplies|\
Religious & Ceremonial|Software|Sporting Goods|Toys & Games|Vehicles & Parts|Services|Gift Cards|Product Add-Ons|Bundles|Uncategorized",
    "Tiere & Tierbedarf|Bekleidung & Accessoires|Kunst & Unterhaltung|Baby & Kleinkind|Wirtschaft & Industrie|Kameras & Optik|Elektronik|\
Nahrungsmittel, Getränke & Tabak|Möbel|Heimwerkerbedarf|Gesundheit & Schönheit|Heim & Garten|Taschen & Gepäck|Für Erwachsene|Medien|Bürobedarf|\
Religion & Feierlichkeiten|Software|Sportartikel|Spielzeuge & Spiele|Fahrzeuge & Teile",
    "Animaux et articles pour animaux de compagnie|Vêtements et accessoires|Arts et loisirs|Bébés et tout-petits|Entreprise et industrie|\
Appareils photo, caméras et instruments d'optique|Appareils électroniques|Aliments, boissons et tabac|Meubles|Quincaillerie|Santé et beauté|Maison et jardin|\
Bagages et maroquinerie|Adulte|Médias|Fournitures de bureau|Offices religieux et cérémonies|Logiciels|Équipements sportifs|Jeux et jouets|Véhicules et accessoires",
    "Productos para mascotas y animales|Ropa y accesorios|Arte y ocio|Bebés y niños pequeños|Economía e industria|Cámaras y ópticas|Electrónica|Alimentación, bebida y tabaco|\
Mobiliario|Bricolaje|Salud y belleza|Casa y jardín|Maletas y bolsos de viaje|Maduro|Adultos|Multimedia|Material de oficina|Religión y ceremonias|Software|Equipamiento deportivo|Juegos y juguetes|Vehículos y recambios",
    "Animali e prodotti per animali domestici|Abbigliamento e accessori|Arte e intrattenimento|Neonati e prima infanzia|Economia e industria|Fotocamere, videocamere e ottica|Elettronica|\
Cibi, bevande e tabacco|Mobili|Ferramenta|Salute e bellezza|Casa e giardino|Valigie e borse|Adulti|Media|Forniture per ufficio|Religione e cerimonie|Software|Attrezzature sportive|Giochi e giocattoli|Veicoli e ricambi",
    "Dieren en artikelen voor dieren|Dieren en huisdieraccessoires|Kleding en accessoires|Kunst en entertainment|Baby en peuter|Zakelijk en industrieel|Camera's en optica|Elektronica|Eten, drinken en tabak|Meubelen|Meubels|\
Ijzerwaren|Bouwmarkt|Gezondheid en schoonheid|Huis en tuin|Bagage en tassen|Koffers en tassen|Volwassenen|Media|Kantoorbenodigdheden|Religieus en ceremonieel|Software|Sportartikelen|Speelgoed en spellen|Voertuigen en onderdelen",
    "Animais e suprimentos para animais de estimação|Vestuário e acessórios|Artes e entretenimento|Bebês e crianças|Negócios e indústria|Câmeras e ótica|Eletrônicos|Alimentos, bebidas e tabaco|Móveis|\
Ferramentas|Saúde e beleza|Casa e jardim|Malas e bolsas|Adulto|Mídia|Material de escritório|Religião e cerimônias|Softwares|Artigos esportivos|Brinquedos e jogos|Veículos e peças",
    "Zwierzęta i artykuły dla zwierząt|Ubrania i akcesoria|Odzież i akcesoria|Sztuka i rozrywka|Niemowlęta i małe dzieci|Biznes i przemysł|Aparaty, kamery i przyrządy optyczne|Elektronika|Żywność, napoje i tytoń|Meble|\
Sprzęt|Zdrowie i uroda|Dom i ogród|Walizki i torby|Dla dorosłych|Media|Artykuły biurowe|Religia i ceremonie|Oprogramowanie|Artykuły sportowe|Zabawki i gry|Pojazdy i części",
    "Djur och husdjursprodukter|Kläder och accessoarer|Konst och underhållning|Baby och småbarn|Affärsverksamhet och industri|Kameror och optik|Elektronik|Mat, dryck och tobak|Möbler|Järnvaror|Hälsa och skönhet|Hem och trädgård|\
Väskor|För vuxna|Media|Kontorsmaterial|Religion och ceremonier|Programvara|Sportartiklar|Leksaker och spel|Fordon och delar",
    "Dyr og tilbehør til kæledyr|Tøj og tilbehør|Kunst og underholdning|Baby og småbørn|Erhverv og industri|Kameraer og optik|Elektronik|Fødevarer, drikkevarer og tobak|Møbler|Isenkram|Sundhed og skønhed|Hus og have|Hjem og have|\
Bagage og tasker|Voksne|Medier|Kontorartikler|Religion og ceremonier|Software|Sportsartikler|Legetøj og spil|Køretøjer og dele",
    "Zvířata a chovatelské potřeby|Oblečení a doplňky|Umění a zábava|Batolata a kojenci|Podnikání a průmysl|Fotoaparáty, kamery a optika|Elektronika|Potraviny, nápoje a tabák|Nábytek|Železářství|Zdraví a krása|Dům a zahrada|\
Zavazadla a tašky|Pro dospělé|Média|Kancelářské potřeby|Náboženské a obřadní předměty|Software|Sportovní potřeby|Hračky a hry|Vozidla a díly",
    "Товары для животных|Предметы одежды и принадлежности|Одежда и аксессуары|Искусство и развлечения|Для младенцев и малышей|Бизнес и промышленность|Камеры и оптика|Электроника|Еда, напитки и табачные изделия|Мебель|\
Стройматериалы|Красота и здоровье|Дом и сад|Чемоданы и сумки|Товары для взрослых|Медиа|Канцтовары|Религия и обряды|Программное обеспечение|Спортивные товары|Игрушки и игры|Транспортные средства и запчасти",
    "Hayvan ve Evcil Hayvan Malzemeleri|Giyim ve Aksesuar|Sanat ve Eğlence|Bebek ve Küçük Çocuk|İş ve Endüstri|Kamera ve Optik|Elektronik|Yiyecek, İçecek ve Tütün|Mobilya|Hırdavat|Sağlık ve Güzellik|Ev ve Bahçe|Bavul ve Çantalar|\
Yetişkin|Medya|Ofis Malzemeleri|Din ve Tören|Yazılım|Spor Ürünleri|Oyuncak ve Oyunlar|Araç ve Parçaları",
];
