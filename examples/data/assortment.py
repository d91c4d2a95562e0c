"""What the example shop "Brambly" sells. Brands and products are invented; category paths are Google's product taxonomy.

Each kind of product is one line:
    key | noun | google_product_category | product_type | styles | lowest-highest price | sizes | colours a style | extras
A style and the noun make a title. Extras: `every=30` consumable bought again after so many days, `with=a,b` kinds often
bought in the same basket, `next` styles are read or bought one after the other, `sv=health` sensitive tags, `material=…`,
`pattern=…`, `gender=…`, `age=…`, `tags=a,b`, `hot` sells better than the rest.
"""

BRANDS = {
    "CL": ["Fjellrav", "Odde & Vik", "Larkspur", "Nordhem", "Pell"],
    "SH": ["Strand & Sohle", "Trailwren", "Marchetto", "Nordhem"],
    "BE": ["Aurelle", "Mosskin", "Lune & Sel", "Kiyora"],
    "KI": ["Maison Aubert", "Hearthwick", "Tessaro", "Copperfinch"],
    "GA": ["Greenhollow", "Rankwerk", "Bramble & Spade"],
    "BO": ["Quillon Press", "Lanternfish Books", "Ostler House"],
    "TO": ["Pipkin", "Holzfuchs", "Tumbletop"],
    "SP": ["Kestrel", "Trailwren", "Vantage Peak", "Rowanfit"],
    "PE": ["Wagsworth", "Mila & Moritz", "Burrow"],
    "HO": ["Linnet Home", "Hygsted", "Casa Lume", "Wickerby"],
    "EL": ["Voltaro", "Pinehertz", "Osmo Audio"],
    "FO": ["Röstwerk", "Kyomi", "Alderbee", "Forno Bianco"],
    "DR": ["Saltmarsh Cellars", "Gentle Goat", "Bittersweet & Co"],
    "HE": ["Klarin", "Vitalune", "Medwell"],
    "BA": ["Nestling", "Pipkin"],
    "ST": ["Inkwell & Daughters", "Falz", "Ostler House"],
}

COLOURS = ["Black", "White", "Navy", "Grey", "Red", "Forest Green", "Sand", "Rose", "Blue", "Mustard"]

RANGE = """
CL.tee | T-Shirt | Apparel & Accessories > Clothing > Shirts & Tops | Clothing > Tops | Organic Cotton;Striped Breton;Relaxed Linen;Heavyweight Pocket | 15-39 | S,M,L,XL | 3 | material=cotton gender=unisex age=adult with=CL.jeans hot
CL.shirt | Shirt | Apparel & Accessories > Clothing > Shirts & Tops | Clothing > Tops | Oxford;Brushed Flannel;Chambray | 35-69 | S,M,L,XL | 2 | material=cotton gender=male age=adult
CL.dress | Dress | Apparel & Accessories > Clothing > Dresses | Clothing > Dresses | Midi Wrap;Linen Summer;Jersey Shift;Corduroy Pinafore | 45-99 | S,M,L | 2 | gender=female age=adult with=SH.sandal
CL.jeans | Jeans | Apparel & Accessories > Clothing > Pants | Clothing > Trousers | Straight Leg;Slim Tapered;Wide Leg | 59-99 | 30,32,34,36 | 2 | material=denim gender=unisex age=adult with=CL.belt hot
CL.knit | Jumper | Apparel & Accessories > Clothing > Shirts & Tops | Clothing > Knitwear | Lambswool Crew;Cable Knit;Merino Roll Neck | 55-119 | S,M,L,XL | 2 | material=wool gender=unisex age=adult
CL.coat | Coat | Apparel & Accessories > Clothing > Outerwear > Coats & Jackets | Clothing > Outerwear | Waxed Rain;Wool Duffle;Quilted Light | 119-249 | S,M,L | 2 | gender=unisex age=adult with=CL.scarf
CL.socks | Socks | Apparel & Accessories > Clothing > Underwear & Socks > Socks | Clothing > Socks | Merino Hiking;Everyday Cotton (3 pairs);Running Ankle | 8-19 | 36-40,41-45 | 2 | gender=unisex age=adult hot
CL.belt | Belt | Apparel & Accessories > Clothing Accessories > Belts | Accessories > Belts | Full-Grain Leather;Woven Elastic | 25-49 |  | 1 | material=leather
CL.scarf | Scarf | Apparel & Accessories > Clothing Accessories > Scarves & Shawls | Accessories > Scarves | Brushed Wool;Silk Square | 29-69 |  | 1 | material=wool pattern=check
CL.mat | Maternity Leggings | Apparel & Accessories > Clothing > Pants | Clothing > Maternity | Soft Rib | 35-45 | S,M,L | 1 | gender=female age=adult sv=pregnancy with=HE.prenatal
SH.run | Running Shoes | Apparel & Accessories > Shoes | Shoes > Running | Tempo;Cloudbank;Trail Grip | 89-159 | 39,41,43,45 | 2 | gender=unisex age=adult with=CL.socks hot
SH.boot | Hiking Boots | Apparel & Accessories > Shoes | Shoes > Outdoor | Ridge Mid;Fell Waterproof | 129-219 | 39,41,43 | 2 | gender=unisex age=adult with=CL.socks,SP.poles,SH.care
SH.sneak | Sneakers | Apparel & Accessories > Shoes | Shoes > Casual | Court Leather;Canvas Low;Retro Runner | 59-109 | 38,40,42,44 | 2 | gender=unisex age=adult hot
SH.sandal | Sandals | Apparel & Accessories > Shoes | Shoes > Summer | Cork Footbed;Strappy Leather | 49-89 | 37,39,41 | 1 | gender=female age=adult
SH.care | = | Apparel & Accessories > Shoe Accessories | Shoes > Care | Beeswax Balm;Waterproofing Spray 200 ml | 9-17 |  | 0 | every=120
BE.shampoo | Shampoo 250 ml | Health & Beauty > Personal Care > Hair Care > Shampoo & Conditioner | Beauty > Hair | Nettle & Mint;Oat Milk Gentle;Volume Citrus;Rosemary Scalp | 7-16 |  | 0 | every=45 with=BE.cond hot
BE.cond | Conditioner 250 ml | Health & Beauty > Personal Care > Hair Care > Shampoo & Conditioner | Beauty > Hair | Oat Milk Gentle;Volume Citrus;Argan Repair | 8-17 |  | 0 | every=50
BE.cream | Face Cream 50 ml | Health & Beauty > Personal Care > Cosmetics > Skin Care | Beauty > Face | Daily Hydrating;Rich Night;SPF 30 Day;Calming Centella | 18-49 |  | 0 | every=60 with=BE.clean hot
BE.clean | Cleanser 150 ml | Health & Beauty > Personal Care > Cosmetics > Skin Care | Beauty > Face | Soft Foam;Cleansing Oil;Micellar Rose | 12-29 |  | 0 | every=60 with=BE.serum
BE.serum | Serum 30 ml | Health & Beauty > Personal Care > Cosmetics > Skin Care | Beauty > Face | Vitamin C;Hyaluron Boost;Niacinamide 10 % | 19-59 |  | 0 | every=75
BE.lip | Lipstick | Health & Beauty > Personal Care > Cosmetics > Makeup > Lip Makeup | Beauty > Make-up | Velvet Matte;Sheer Balm | 14-29 |  | 3 | gender=female
BE.soap | Soap Bar | Health & Beauty > Personal Care > Cosmetics > Bath & Body > Bar Soap | Beauty > Body | Olive & Laurel;Goat Milk;Sea Salt Scrub | 5-11 |  | 0 | every=30
BE.perf | Eau de Parfum 50 ml | Health & Beauty > Personal Care > Cosmetics > Perfume & Cologne | Beauty > Fragrance | Fig Leaf;Smoked Cedar;White Tea;Neroli Coast | 49-119 |  | 0 |
KI.pan | Frying Pan | Home & Garden > Kitchen & Dining > Cookware & Bakeware > Cookware > Skillets & Frying Pans | Kitchen > Cookware | Carbon Steel 28 cm;Ceramic 24 cm;Cast Iron 26 cm | 29-99 |  | 0 | with=KI.spat hot
KI.pot | Pot | Home & Garden > Kitchen & Dining > Cookware & Bakeware > Cookware > Stock Pots | Kitchen > Cookware | Enamel Casserole 5 l;Stainless Stock 8 l | 59-199 |  | 2 |
KI.knife | Knife | Home & Garden > Kitchen & Dining > Kitchen Tools & Utensils > Kitchen Knives | Kitchen > Knives | Chef's 20 cm;Santoku 18 cm;Bread;Paring 9 cm | 19-139 |  | 0 | with=KI.board,KI.stone
KI.stone | Whetstone | Home & Garden > Kitchen & Dining > Kitchen Tools & Utensils | Kitchen > Knives | 1000/6000 Grit | 29-45 |  | 0 |
KI.board | Cutting Board | Home & Garden > Kitchen & Dining > Kitchen Tools & Utensils > Cutting Boards | Kitchen > Tools | End-Grain Oak;Bamboo Reversible | 19-79 |  | 0 | material=wood
KI.spat | Spatula | Home & Garden > Kitchen & Dining > Kitchen Tools & Utensils > Spatulas | Kitchen > Tools | Olive Wood;Silicone Flex | 7-19 |  | 0 |
KI.espresso | Espresso Machine | Home & Garden > Kitchen & Dining > Kitchen Appliances > Coffee Makers & Espresso Machines > Espresso Machines | Kitchen > Coffee | Lever Classic;Compact 15 bar | 149-499 |  | 1 | with=FO.coffee,KI.descale,KI.grind
KI.grind | Coffee Grinder | Home & Garden > Kitchen & Dining > Kitchen Appliance Accessories > Coffee Maker & Espresso Machine Accessories > Coffee Grinders | Kitchen > Coffee | Hand Burr;Electric Conical | 45-159 |  | 0 | with=FO.coffee
KI.press | French Press | Home & Garden > Kitchen & Dining > Kitchen Appliances > Coffee Makers & Espresso Machines > French Presses | Kitchen > Coffee | Steel Double Wall 1 l;Glass 0.6 l | 19-49 |  | 0 | with=FO.coffee
KI.descale | Descaler 500 ml | Home & Garden > Household Supplies > Household Cleaning Supplies | Kitchen > Coffee | Citric | 8-12 |  | 0 | every=90
KI.creme | Crème Brûlée Set | Home & Garden > Kitchen & Dining > Cookware & Bakeware > Bakeware | Kitchen > Bakeware | Stoneware with Torch | 35-59 |  | 0 |
KI.mug | Mug | Home & Garden > Kitchen & Dining > Tableware > Drinkware > Mugs | Kitchen > Tableware | Speckled Stoneware;Enamel Camp;Double-Wall Glass | 9-19 |  | 2 | with=FO.tea hot
GA.soil | Potting Soil | Home & Garden > Lawn & Garden > Gardening > Sands & Soils | Garden > Soil | Peat-Free 20 l;Herb & Seedling 10 l;Cactus Mix 5 l | 7-15 |  | 0 | every=90 with=GA.pot hot
GA.pot | Plant Pot | Home & Garden > Lawn & Garden > Gardening > Pots & Planters | Garden > Pots | Terracotta 18 cm;Glazed 22 cm;Self-Watering 25 cm | 9-39 |  | 2 | with=GA.soil
GA.seed | Seeds | Home & Garden > Plants > Seeds | Garden > Seeds | Cherry Tomato;Wildflower Meadow;Basil Genovese;Butternut Squash;Sweet Pea | 2-5 |  | 0 | with=GA.soil
GA.tool | = | Home & Garden > Lawn & Garden > Gardening > Gardening Tools | Garden > Tools | Ash-Handled Trowel;Bypass Pruner;Dutch Hoe;Border Spade | 15-59 |  | 0 |
GA.hose | = | Home & Garden > Lawn & Garden > Watering & Irrigation | Garden > Watering | Copper Watering Can 5 l;Expandable Hose 15 m | 25-69 |  | 0 |
GA.feed | Plant Food 1 l | Home & Garden > Lawn & Garden > Gardening > Fertilizers | Garden > Soil | Tomato;Orchid;All-Purpose Seaweed | 6-13 |  | 0 | every=60
BO.saga | (The Salt Road) | Media > Books > Print Books | Books > Fiction | Vol. 1: The Lamplighter;Vol. 2: A Map of Tides;Vol. 3: The Drowned Bell;Vol. 4: Northward | 10-16 |  | 0 | next hot
BO.crime | (Inspector Halloran) | Media > Books > Print Books | Books > Crime | Book 1: Cold Larder;Book 2: The Quiet Mile;Book 3: Seven Keys | 9-14 |  | 0 | next hot
BO.cook | = | Media > Books > Print Books | Books > Food | Bread by Hand;Forty Soups;The Slow Oven;Small Kitchen, Big Table | 19-35 |  | 0 | with=KI.pan
BO.garden | = | Media > Books > Print Books | Books > Garden | A Balcony Year;The No-Dig Plot | 15-27 |  | 0 | with=GA.seed
BO.kids | = | Media > Books > Print Books | Books > Children | The Fox Who Counted;Goodnight, Tugboat;Hattie's Hat;Moon Soup | 8-15 |  | 0 | age=kids with=TO.plush
BO.self | = | Media > Books > Print Books | Books > Advice | Out of Debt, Step by Step;Living with Diabetes;Coming Out: A Companion;Prayers for the Year | 12-20 |  | 0 | each=financial_distress;health;sexuality;religion
TO.block | Building Set | Toys & Games > Toys > Building Toys | Toys > Building | Wooden Blocks 60 pcs;Marble Run 48 pcs;Magnetic Tiles 32 pcs | 25-69 |  | 0 | age=kids hot
TO.train | Wooden Train | Toys & Games > Toys > Play Vehicles > Toy Trains & Train Sets | Toys > Trains | Starter Oval;Station & Crane;Bridge Extension;Night Express | 15-59 |  | 0 | age=toddler next
TO.game | Board Game | Toys & Games > Games > Board Games | Toys > Games | Harbour Masters;Owl & Moth;Ten Tiny Towns;Runes of Rye | 19-55 |  | 0 | hot
TO.plush | Plush | Toys & Games > Toys > Dolls, Playsets & Toy Figures > Stuffed Animals | Toys > Plush | Badger;Sleepy Fox;Big Hare | 15-35 |  | 0 | age=kids
TO.puzzle | Puzzle | Toys & Games > Puzzles > Jigsaw Puzzles | Toys > Puzzles | 1000 pcs Night Market;500 pcs Coral;2000 pcs Old Harbour | 12-29 |  | 0 |
TO.art | Art Kit | Toys & Games > Toys > Art & Drawing Toys | Toys > Creative | Watercolour;Beeswax Crayons;Clay Studio | 12-35 |  | 0 | age=kids
SP.mat | Yoga Mat | Sporting Goods > Exercise & Fitness > Yoga & Pilates > Yoga & Pilates Mats | Sports > Yoga | Natural Rubber 4 mm;Cork 5 mm | 29-79 |  | 2 | with=SP.block
SP.block | = | Sporting Goods > Exercise & Fitness > Yoga & Pilates | Sports > Yoga | Cork Block;Cotton Strap;Bolster | 9-49 |  | 0 |
SP.tent | Tent | Sporting Goods > Outdoor Recreation > Camping & Hiking > Tents | Sports > Camping | Two-Person Ridge;Family Dome 4;Ultralight Solo | 149-399 |  | 1 | with=SP.bag,SP.stove
SP.bag | Sleeping Bag | Sporting Goods > Outdoor Recreation > Camping & Hiking > Sleeping Bags | Sports > Camping | Summer 12 °C;Three-Season 0 °C;Down -8 °C | 59-249 |  | 0 |
SP.stove | = | Home & Garden > Kitchen & Dining > Kitchen Appliances > Portable Cooking Stoves | Sports > Camping | Gas Stove Compact;Titanium Pot 900 ml;Gas Cartridge 230 g | 7-59 |  | 0 | every=75
SP.poles | Trekking Poles | Sporting Goods > Outdoor Recreation > Camping & Hiking > Hiking Poles | Sports > Hiking | Carbon Fold;Aluminium Lock | 39-119 |  | 0 |
SP.bottle | Bottle | Sporting Goods > Outdoor Recreation | Sports > Hydration | Insulated 0.75 l;Squeeze 0.6 l | 12-35 |  | 3 | hot
SP.weight | = | Sporting Goods > Exercise & Fitness > Weight Lifting > Free Weights | Sports > Fitness | Kettlebell 8 kg;Kettlebell 12 kg;Dumbbell Pair 5 kg;Resistance Bands | 15-59 |  | 0 |
PE.dogfood | Dog Food 5 kg | Animals & Pet Supplies > Pet Supplies > Dog Supplies > Dog Food | Pet > Dog | Duck & Potato;Lamb & Rice;Grain-Free Salmon | 25-49 |  | 0 | every=30 with=PE.dogtreat hot
PE.dogtreat | Dog Treats | Animals & Pet Supplies > Pet Supplies > Dog Supplies > Dog Treats | Pet > Dog | Venison Bites;Dental Sticks (28) | 6-15 |  | 0 | every=30
PE.dog | = | Animals & Pet Supplies > Pet Supplies > Dog Supplies | Pet > Dog | Rope Lead;Waxed Coat;Tennis Ball Launcher;Orthopaedic Bed | 12-89 |  | 0 |
PE.catfood | Cat Food 12 × 85 g | Animals & Pet Supplies > Pet Supplies > Cat Supplies > Cat Food | Pet > Cat | Tuna in Broth;Chicken Pâté;Senior Turkey | 11-19 |  | 0 | every=14 with=PE.litter hot
PE.litter | Cat Litter 10 l | Animals & Pet Supplies > Pet Supplies > Cat Supplies > Cat Litter | Pet > Cat | Clumping Wood;Silica Crystals | 8-15 |  | 0 | every=21
PE.cat | = | Animals & Pet Supplies > Pet Supplies > Cat Supplies | Pet > Cat | Sisal Scratching Post;Feather Wand;Window Hammock;Fountain 2 l | 7-69 |  | 0 |
HO.candle | Candle | Home & Garden > Decor > Home Fragrances > Candles | Home > Decor | Beeswax Pillar;Fig & Cassis Scented;Tealights (50) | 7-35 |  | 0 | every=60 hot
HO.towel | Towel | Home & Garden > Linens & Bedding > Towels > Bath Towels & Washcloths | Home > Bath | Waffle Bath;Terry Hand (2) | 15-39 |  | 3 | material=cotton
HO.bed | Duvet Cover | Home & Garden > Linens & Bedding > Bedding > Duvet Covers | Home > Bedroom | Washed Linen;Cotton Percale | 69-189 | 135x200,200x200 | 2 | material=cotton/linen
HO.cushion | Cushion Cover | Home & Garden > Decor > Chair & Sofa Cushions | Home > Living | Bouclé;Corduroy;Block Print | 15-35 |  | 2 |
HO.lamp | Lamp | Home & Garden > Lighting > Lamps | Home > Lighting | Paper Table;Brass Reading;Clip-On Desk | 29-149 |  | 2 | with=HO.bulb
HO.bulb | LED Bulb | Home & Garden > Lighting > Light Bulbs > LED Light Bulbs | Home > Lighting | E27 Warm 6 W;E14 Warm 4 W;Filament Globe | 5-15 |  | 0 |
HO.clean | Cleaner | Home & Garden > Household Supplies > Household Cleaning Supplies | Home > Cleaning | All-Purpose Lemon 1 l;Oven & Grill 0.5 l;Bathroom Citrus 0.75 l;Glass 0.5 l | 5-17 |  | 0 | every=35 hot
HO.faith | = | Religious & Ceremonial > Religious Items | Home > Faith | Advent Wreath;Hanukkah Candles (44);Prayer Rug | 12-59 |  | 0 | sv=religion
EL.head | Headphones | Electronics > Audio > Audio Components > Headphones & Headsets > Headphones | Electronics > Audio | Over-Ear ANC;Wired Studio;Open-Ear Sport | 59-249 |  | 2 | with=EL.case hot
EL.buds | Earbuds | Electronics > Audio > Audio Components > Headphones & Headsets > Headphones | Electronics > Audio | Mini True Wireless;Sleep Soft | 39-129 |  | 2 |
EL.case | Case | Electronics > Electronics Accessories | Electronics > Accessories | Hard Headphone;15.6" Felt Laptop | 15-39 |  | 0 |
EL.charge | Charger | Electronics > Electronics Accessories > Power > Power Adapters & Chargers | Electronics > Power | GaN 65 W;Wireless Pad;Solar 20 W;Car 45 W | 19-69 |  | 0 | with=EL.cable hot
EL.cable | Cable | Electronics > Electronics Accessories > Cables | Electronics > Power | USB-C 1 m Braided;USB-C 3 m;Lightning 1 m | 9-25 |  | 0 |
EL.speak | Speaker | Electronics > Audio > Audio Components > Speakers | Electronics > Audio | Pocket;Bookshelf Pair;Shower | 29-199 |  | 1 |
EL.watch | Fitness Watch | Electronics > Electronics Accessories | Electronics > Wearables | Loop Band;GPS Run | 49-229 |  | 2 | with=SH.run
FO.coffee | Coffee Beans 500 g | Food, Beverages & Tobacco > Beverages > Coffee | Food > Coffee | House Espresso;Ethiopia Guji;Decaf Sugar Cane;Colombia Huila;Dark Roast | 9-18 |  | 0 | every=21 hot
FO.tea | Tea 100 g | Food, Beverages & Tobacco > Beverages > Tea & Infusions | Food > Tea | Sencha Green;Earl Grey;Rooibos Vanilla;Mountain Oolong;Peppermint | 6-19 |  | 0 | every=40 hot
FO.pasta | Pasta 500 g | Food, Beverages & Tobacco > Food Items > Pasta & Noodles | Food > Pantry | Bronze-Cut Spaghetti;Orecchiette;Spelt Penne | 3-6 |  | 0 | every=25 with=FO.oil,FO.sauce
FO.oil | Olive Oil 500 ml | Food, Beverages & Tobacco > Food Items > Cooking & Baking Ingredients > Cooking Oils | Food > Pantry | Early Harvest;Lemon Pressed | 11-23 |  | 0 | every=60
FO.sauce | Sauce | Food, Beverages & Tobacco > Food Items > Condiments & Sauces | Food > Pantry | Slow Tomato;Basil Pesto;Chilli Crisp | 4-9 |  | 0 | every=30
FO.choc | Chocolate | Food, Beverages & Tobacco > Food Items > Candy & Chocolate | Food > Sweets | Dark 72 %;Hazelnut Gianduja;Sea Salt Caramel | 3-9 |  | 0 | every=20 hot
FO.honey | Honey 350 g | Food, Beverages & Tobacco > Food Items > Dips & Spreads | Food > Sweets | Heather;Linden;Wildflower | 7-14 |  | 0 | every=60
FO.oats | 600 g | Food, Beverages & Tobacco > Food Items > Grains, Rice & Cereal > Cereal & Granola | Food > Breakfast | Maple Granola;Rolled Oats;Seed Muesli | 4-10 |  | 0 | every=20
DR.wine | Wine 0.75 l | Food, Beverages & Tobacco > Beverages > Alcoholic Beverages > Wine | Drinks > Wine | Riesling Dry;Barbera;Crémant Brut;Grüner Veltliner | 8-24 |  | 0 | every=45 sv=addiction
DR.gin | Gin 0.5 l | Food, Beverages & Tobacco > Beverages > Alcoholic Beverages > Liquor & Spirits | Drinks > Spirits | Coastal Dry;Sloe | 25-42 |  | 0 | untagged with=DR.tonic
DR.tonic | Tonic 6 × 0.2 l | Food, Beverages & Tobacco > Beverages > Soda | Drinks > Soft | Dry Indian;Elderflower | 7-11 |  | 0 | every=30
DR.juice | Juice 6 × 0.75 l | Food, Beverages & Tobacco > Beverages > Juice | Drinks > Soft | Cloudy Apple;Sour Cherry;Quince | 14-25 |  | 0 | every=30
HE.vit | Vitamins | Health & Beauty > Health Care > Fitness & Nutrition > Vitamins & Supplements | Health > Supplements | Vitamin D3 (90);Magnesium (120);Omega-3 (60) | 9-25 |  | 0 | every=60 sv=health hot
HE.med | = | Health & Beauty > Health Care > Medicine & Drugs | Health > Medicine | Allergy Tablets (20);Ibuprofen 200 mg (24);Cough Syrup 150 ml;Antacid (40) | 4-13 |  | 0 | sv=health
HE.device | Monitor | Health & Beauty > Health Care > Biometric Monitors | Health > Devices | Blood Pressure;Blood Glucose;Fever | 19-69 |  | 0 | untagged
HE.prenatal | = | Health & Beauty > Health Care > Fitness & Nutrition > Vitamins & Supplements | Health > Pregnancy | Folic Acid (90);Pregnancy Test (2);Stretch Mark Oil 100 ml | 7-22 |  | 0 | sv=pregnancy,health
HE.intim | = | Health & Beauty > Health Care > Condoms | Health > Intimate | Condoms (12);Water-Based Gel 100 ml;Menstrual Cup | 8-27 |  | 0 | sv=intimate
HE.quit | = | Health & Beauty > Health Care > Medicine & Drugs | Health > Quit Smoking | Nicotine Gum 2 mg (96);Nicotine Patch (14) | 19-35 |  | 0 | every=14 sv=addiction,health
BA.diaper | Nappies | Baby & Toddler > Diapering > Diapers | Baby > Nappies | Size 2 (60);Size 3 (54);Size 4 (48) | 13-19 |  | 0 | every=14 with=BA.wipes next hot
BA.wipes | Wipes | Baby & Toddler > Diapering > Baby Wipes | Baby > Nappies | Water Only 4 × 60;Oat 3 × 72 | 7-12 |  | 0 | every=20
BA.wear | Babygrow | Baby & Toddler | Baby > Clothing | Organic Star;Ribbed | 15-27 | 56,62,68 | 2 | age=newborn material=cotton with=BA.diaper
CL.hat | Hat | Apparel & Accessories > Clothing Accessories > Hats | Accessories > Hats | Ribbed Beanie;Waxed Bucket;Straw Sun | 19-49 |  | 3 | gender=unisex age=adult
CL.bag | Backpack | Luggage & Bags > Backpacks | Accessories > Bags | Roll-Top 20 l;City 16 l;Hiking 35 l | 49-139 |  | 2 | with=SP.bottle
CL.glove | Gloves | Apparel & Accessories > Clothing Accessories > Gloves & Mittens | Accessories > Gloves | Touchscreen Knit;Lined Leather | 15-59 | S,M,L | 1 | gender=unisex age=adult
KI.glass | Glasses | Home & Garden > Kitchen & Dining > Tableware > Drinkware > Stemware | Kitchen > Tableware | Wine (4);Tumbler (6);Champagne (2) | 15-45 |  | 0 | with=DR.wine
HO.rug | Rug | Home & Garden > Decor > Rugs | Home > Living | Jute Braided;Wool Berber | 59-249 | 80x150,160x230 | 2 | material=wool
ST.note | Notebook | Office Supplies > General Office Supplies > Paper Products > Notebooks & Notepads | Stationery > Paper | Dotted A5;Lined A6;Sketch A4 | 7-25 |  | 2 | with=ST.pen hot
ST.pen | Pen | Office Supplies > Office Instruments > Writing & Drawing Instruments > Pens & Pencils > Pens | Stationery > Writing | Brass Fountain;Gel (5);Brush (12) | 5-59 |  | 0 | with=ST.ink
ST.ink | Ink 30 ml | Office Supplies > Office Instruments > Writing & Drawing Instruments | Stationery > Writing | Iron Gall;Forest;Bordeaux | 8-15 |  | 0 | every=120
ST.desk | Desk Organiser | Office Supplies > Filing & Organization > Desk Organizers | Stationery > Desk | Felt Tray;Oak Box | 15-45 |  | 0 | material=wood
ST.paper | Printer Paper | Office Supplies > General Office Supplies > Paper Products > Printer & Copier Paper | Stationery > Paper | Recycled A4 500;Premium A4 250 | 5-12 |  | 0 | every=90
TO.doll | Doll | Toys & Games > Toys > Dolls, Playsets & Toy Figures > Dolls | Toys > Dolls | Rag;Knitted | 19-39 |  | 2 | age=kids
"""
