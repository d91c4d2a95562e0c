//! Pictures of products, drawn: a ground in the product's colour and the shape of its department. No files, no downloads.

use egui::epaint::{Mesh, PathShape};
use egui::{Color32, Pos2, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2};

use crate::widgets::look;

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A shirt.
    Shirt,
    /// Trousers.
    Trousers,
    /// A shoe.
    Shoe,
    /// A pot.
    Pot,
    /// A mug.
    Mug,
    /// A lamp.
    Lamp,
    /// A plant in a pot.
    Plant,
    /// Headphones.
    Sound,
    /// A book.
    Book,
    /// A bottle.
    Bottle,
    /// A tent.
    Tent,
    /// Building blocks.
    Blocks,
    /// A ball.
    Ball,
    /// A bag of beans or leaves.
    Bag,
    /// A machine for the kitchen.
    Machine,
    /// A parcel, for everything else.
    #[default]
    Parcel,
}

/// What a picture is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Picture {
    /// The shape.
    pub kind: Kind,
    /// The colour of the thing.
    pub color: [u8; 3],
}

impl Picture {
    /// The picture of a product: its category gives the shape, its colour or else its id the colour.
    #[must_use]
    pub fn of(category: &str, color: Option<&str>, id: &str) -> Self {
        Self { kind: kind(category), color: color.and_then(named).unwrap_or_else(|| drawn(id)) }
    }
}

/// The first of these that a category names; the narrower come first.
const SHAPES: [(&[&str], Kind); 16] = [
    (
        &[
            "Beverages > Coffee",
            "Tea & Infusions",
            "Pet Food",
            "Dog Food",
            "Dog Treats",
            "Seeds",
            "Soils",
            "Cereal",
            "Pasta",
            "Candy",
        ],
        Kind::Bag,
    ),
    (&["Appliances", "Coffee Grinders"], Kind::Machine),
    (&["Stock Pots", "Skillets", "Bakeware", "Cooking Stoves"], Kind::Pot),
    (&["Kitchen & Dining"], Kind::Mug),
    (&["Pants"], Kind::Trousers),
    (&["Shoes"], Kind::Shoe),
    (&["Apparel", "Clothing", "Luggage"], Kind::Shirt),
    (&["Plants", "Garden > Gardening", "Watering"], Kind::Plant),
    (&["Audio", "Electronics"], Kind::Sound),
    (&["Books", "Office Supplies", "Religious"], Kind::Book),
    (&["Cosmetics", "Personal Care", "Beverages", "Cleaning", "Health", "Food"], Kind::Bottle),
    (&["Sporting Goods"], Kind::Tent),
    (&["Toys", "Baby"], Kind::Blocks),
    (&["Pet Supplies"], Kind::Ball),
    (&["Lighting", "Candles", "Decor"], Kind::Lamp),
    (&["Home & Garden"], Kind::Parcel),
];

fn kind(category: &str) -> Kind {
    let found = SHAPES.iter().find(|(words, _)| words.iter().any(|word| category.contains(word)));
    found.map_or(Kind::Parcel, |(_, kind)| *kind)
}

fn named(color: &str) -> Option<[u8; 3]> {
    Some(match color {
        "White" => [0xd8, 0xd4, 0xcc],
        "Mustard" => [0xc9, 0x8d, 0x1c],
        "Red" => [0xb8, 0x40, 0x3a],
        "Blue" => [0x3f, 0x6f, 0xb5],
        "Rose" => [0xc9, 0x7b, 0x8e],
        "Navy" => [0x2c, 0x3e, 0x66],
        "Sand" => [0xb9, 0x9c, 0x74],
        "Grey" => [0x7e, 0x84, 0x88],
        "Black" => [0x39, 0x3a, 0x3d],
        "Forest Green" => [0x3a, 0x6b, 0x4c],
        _ => return None,
    })
}

/// A colour that stays with an id.
fn drawn(id: &str) -> [u8; 3] {
    const PALETTE: [[u8; 3]; 8] = [
        [0xb9, 0x6a, 0x42],
        [0x3c, 0x5a, 0x9a],
        [0x3f, 0x80, 0x58],
        [0x6d, 0x48, 0x96],
        [0xc2, 0x88, 0x1f],
        [0x2c, 0x7b, 0x87],
        [0xa6, 0x4b, 0x66],
        [0x75, 0x7a, 0x3e],
    ];
    let sum = id.bytes().fold(7_usize, |s, b| s.wrapping_mul(31).wrapping_add(usize::from(b)));
    PALETTE[sum % PALETTE.len()]
}

/// Draws a picture into a rectangle.
pub fn draw(ui: &Ui, rect: Rect, picture: Picture) {
    let t = look(ui);
    let dim = |c: Color32| {
        Color32::from_rgb(scaled(c.r(), t.picture), scaled(c.g(), t.picture), scaled(c.b(), t.picture))
    };
    let [r, g, b] = picture.color;
    let ink = Color32::from_rgb(r, g, b);
    let mixed = |share: f32| dim(ink.lerp_to_gamma(Color32::from_rgb(0xfb, 0xf8, 0xf2), share));
    let paint = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    paint.add(ground(rect, mixed(0.86), mixed(0.62)));
    let size = rect.height().min(rect.width());
    let pen = Pen { origin: rect.center(), size, paint: &paint };
    let shadow =
        Rect::from_center_size(rect.center() + vec2(0.0, size * 0.33), vec2(size * 0.62, size * 0.09));
    paint.add(Shape::ellipse_filled(shadow.center(), shadow.size() / 2.0, mixed(0.42)));
    let tone =
        Tone { base: dim(ink), dark: dim(ink.lerp_to_gamma(Color32::BLACK, 0.35)), light: mixed(0.45) };
    shape(&pen, picture.kind, &tone);
}

fn scaled(value: u8, of: u8) -> u8 {
    u8::try_from(u16::from(value) * u16::from(of) / 255).unwrap_or(255)
}

/// A rounded rectangle that gets darker downwards.
fn ground(rect: Rect, top: Color32, bottom: Color32) -> Shape {
    let mut mesh = Mesh::default();
    let radius = 10.0;
    let middle = rect.center();
    mesh.colored_vertex(middle, top.lerp_to_gamma(bottom, 0.5));
    let corners = [
        (rect.right_top(), -90.0),
        (rect.right_bottom(), 0.0),
        (rect.left_bottom(), 90.0),
        (rect.left_top(), 180.0_f32),
    ];
    for (corner, start) in corners {
        let inward = vec2((middle.x - corner.x).signum(), (middle.y - corner.y).signum()) * radius;
        for step in 0..=8_u8 {
            let angle = (start + f32::from(step) * 11.25).to_radians();
            let at = corner + inward + radius * Vec2::angled(angle);
            let share = (at.y - rect.top()) / rect.height().max(1.0);
            mesh.colored_vertex(at, top.lerp_to_gamma(bottom, share));
        }
    }
    let last = u32::try_from(mesh.vertices.len()).unwrap_or(0) - 1;
    for i in 1..=last {
        mesh.add_triangle(0, i, if i == last { 1 } else { i + 1 });
    }
    Shape::mesh(mesh)
}

struct Tone {
    base: Color32,
    dark: Color32,
    light: Color32,
}

/// Draws in units of the picture's height, from its middle.
struct Pen<'a> {
    origin: Pos2,
    size: f32,
    paint: &'a egui::Painter,
}

impl Pen<'_> {
    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        pos2(self.origin.x + x * self.size, self.origin.y + y * self.size)
    }

    fn polygon(&self, points: &[(f32, f32)], color: Color32) {
        let points = points.iter().map(|p| self.at(*p)).collect();
        self.paint.add(PathShape::convex_polygon(points, color, Stroke::NONE));
    }

    fn circle(&self, at: (f32, f32), radius: f32, color: Color32) {
        self.paint.circle_filled(self.at(at), radius * self.size, color);
    }

    fn block(&self, from: (f32, f32), to: (f32, f32), radius: f32, color: Color32) {
        self.paint.rect_filled(Rect::from_min_max(self.at(from), self.at(to)), radius * self.size, color);
    }

    fn line(&self, points: &[(f32, f32)], width: f32, color: Color32) {
        let points = points.iter().map(|p| self.at(*p)).collect();
        self.paint.add(Shape::line(points, Stroke::new(width * self.size, color)));
    }

    fn arc(&self, at: (f32, f32), radius: f32, degrees: (f32, f32), width: f32, color: Color32) {
        let step = |i: u8| degrees.0 + (degrees.1 - degrees.0) * f32::from(i) / 20.0;
        let points: Vec<(f32, f32)> = (0..=20_u8)
            .map(|i| Vec2::angled(step(i).to_radians()) * radius + vec2(at.0, at.1))
            .map(|v| (v.x, v.y))
            .collect();
        self.line(&points, width, color);
    }
}

fn shape(pen: &Pen<'_>, kind: Kind, c: &Tone) {
    match kind {
        Kind::Shirt => {
            pen.polygon(&[(-0.17, -0.26), (-0.38, -0.12), (-0.30, 0.02), (-0.17, -0.06)], c.dark);
            pen.polygon(&[(0.17, -0.26), (0.38, -0.12), (0.30, 0.02), (0.17, -0.06)], c.dark);
            pen.polygon(&[(-0.18, -0.27), (0.18, -0.27), (0.2, 0.3), (-0.2, 0.3)], c.base);
            pen.arc((0.0, -0.27), 0.085, (0.0, 180.0), 0.05, c.light);
        }
        Kind::Trousers => {
            pen.polygon(&[(-0.2, -0.3), (0.0, -0.3), (0.0, -0.02), (-0.06, 0.31), (-0.24, 0.31)], c.base);
            pen.polygon(&[(0.0, -0.3), (0.2, -0.3), (0.24, 0.31), (0.06, 0.31), (0.0, -0.02)], c.base);
            pen.block((-0.2, -0.32), (0.2, -0.25), 0.01, c.dark);
            pen.line(&[(0.0, -0.25), (0.0, -0.04)], 0.012, c.dark);
        }
        Kind::Shoe => {
            let upper = [
                (-0.33, -0.17),
                (-0.12, -0.15),
                (0.03, 0.03),
                (0.2, 0.07),
                (0.34, 0.15),
                (0.36, 0.25),
                (-0.36, 0.25),
            ];
            pen.polygon(&upper, c.base);
            pen.polygon(&[(-0.33, -0.17), (-0.22, -0.16), (-0.24, 0.25), (-0.36, 0.25)], c.dark);
            pen.block((-0.38, 0.22), (0.39, 0.31), 0.045, c.light);
            for i in [0.0, 1.0, 2.0_f32] {
                pen.line(
                    &[(-0.1 + i * 0.06, -0.02 + i * 0.05), (-0.03 + i * 0.06, -0.07 + i * 0.05)],
                    0.022,
                    c.light,
                );
            }
        }
        Kind::Book => {
            pen.block((-0.19, -0.28), (0.24, 0.32), 0.03, c.light);
            pen.block((-0.22, -0.3), (0.2, 0.3), 0.03, c.base);
            pen.block((-0.22, -0.3), (-0.14, 0.3), 0.02, c.dark);
            pen.block((-0.07, -0.2), (0.13, -0.16), 0.02, c.light);
            pen.block((-0.07, -0.11), (0.07, -0.08), 0.02, c.light);
        }
        Kind::Bottle => {
            pen.block((-0.06, -0.34), (0.06, -0.12), 0.02, c.dark);
            pen.block((-0.16, -0.17), (0.16, 0.32), 0.08, c.base);
            pen.block((-0.16, 0.0), (0.16, 0.2), 0.0, c.light);
            pen.block((-0.075, -0.36), (0.075, -0.29), 0.02, c.base);
        }
        Kind::Bag => {
            pen.polygon(&[(-0.2, -0.3), (0.2, -0.3), (0.24, 0.31), (-0.24, 0.31)], c.base);
            pen.block((-0.21, -0.33), (0.21, -0.24), 0.01, c.dark);
            pen.block((-0.14, -0.06), (0.14, 0.18), 0.03, c.light);
            let bean = vec2(0.05, 0.075) * pen.size;
            pen.paint.add(Shape::ellipse_filled(pen.at((0.0, 0.06)), bean, c.dark));
            pen.line(&[(0.0, -0.01), (0.0, 0.13)], 0.012, c.light);
        }
        _ => kitchen(pen, kind, c),
    }
}

fn kitchen(pen: &Pen<'_>, kind: Kind, c: &Tone) {
    match kind {
        Kind::Mug => {
            pen.arc((0.2, 0.04), 0.13, (-95.0, 95.0), 0.06, c.base);
            pen.polygon(&[(-0.24, -0.2), (0.22, -0.2), (0.18, 0.31), (-0.2, 0.31)], c.base);
            let (rim, tea) = (vec2(0.23, 0.05) * pen.size, vec2(0.19, 0.034) * pen.size);
            pen.paint.add(Shape::ellipse_filled(pen.at((-0.01, -0.2)), rim, c.dark));
            pen.paint.add(Shape::ellipse_filled(pen.at((-0.01, -0.195)), tea, c.light));
        }
        Kind::Pot => {
            pen.block((-0.36, -0.06), (0.36, 0.02), 0.03, c.dark);
            pen.block((-0.26, -0.12), (0.26, 0.3), 0.05, c.base);
            pen.block((-0.29, -0.18), (0.29, -0.1), 0.03, c.dark);
            pen.circle((0.0, -0.22), 0.045, c.dark);
            pen.block((-0.2, 0.0), (-0.15, 0.22), 0.02, c.light);
        }
        Kind::Machine => {
            pen.block((-0.26, -0.3), (0.26, -0.14), 0.04, c.dark);
            pen.block((-0.24, -0.16), (-0.06, 0.3), 0.03, c.base);
            pen.block((-0.26, 0.24), (0.26, 0.32), 0.03, c.dark);
            pen.block((0.04, -0.14), (0.18, -0.06), 0.01, c.light);
            pen.block((0.04, 0.08), (0.18, 0.23), 0.03, c.light);
            pen.circle((-0.15, -0.22), 0.03, c.light);
        }
        Kind::Lamp => {
            pen.polygon(&[(-0.13, -0.32), (0.13, -0.32), (0.26, -0.02), (-0.26, -0.02)], c.base);
            pen.block((-0.025, -0.02), (0.025, 0.28), 0.0, c.dark);
            pen.block((-0.16, 0.27), (0.16, 0.32), 0.02, c.dark);
            pen.line(&[(-0.07, -0.28), (-0.15, -0.05)], 0.025, c.light);
        }
        Kind::Plant => plant(pen, c),
        _ => other(pen, kind, c),
    }
}

fn other(pen: &Pen<'_>, kind: Kind, c: &Tone) {
    match kind {
        Kind::Sound => {
            pen.arc((0.0, 0.0), 0.26, (180.0, 360.0), 0.05, c.dark);
            for x in [-0.27, 0.27_f32] {
                pen.block((x - 0.08, -0.04), (x + 0.08, 0.27), 0.06, c.base);
                pen.block((x - 0.03, 0.02), (x + 0.03, 0.21), 0.03, c.dark);
            }
        }
        Kind::Tent => {
            pen.polygon(&[(0.0, -0.26), (0.4, 0.3), (-0.4, 0.3)], c.base);
            pen.polygon(&[(0.0, -0.26), (0.12, 0.3), (-0.12, 0.3)], c.dark);
            pen.line(&[(0.0, -0.26), (0.0, 0.3)], 0.015, c.light);
        }
        Kind::Blocks => {
            pen.block((-0.3, 0.04), (-0.02, 0.31), 0.03, c.base);
            pen.block((0.02, 0.04), (0.3, 0.31), 0.03, c.dark);
            pen.block((-0.14, -0.25), (0.14, 0.02), 0.03, c.light);
            pen.circle((0.0, -0.115), 0.07, c.base);
        }
        Kind::Ball => {
            pen.circle((0.0, 0.05), 0.26, c.base);
            pen.arc((-0.26, 0.05), 0.2, (-52.0, 52.0), 0.03, c.light);
            pen.arc((0.26, 0.05), 0.2, (128.0, 232.0), 0.03, c.light);
        }
        _ => parcel(pen, c),
    }
}

fn parcel(pen: &Pen<'_>, c: &Tone) {
    pen.block((-0.27, -0.18), (0.27, 0.31), 0.03, c.base);
    pen.block((-0.27, -0.18), (0.27, -0.06), 0.03, c.dark);
    pen.block((-0.045, -0.18), (0.045, 0.31), 0.0, c.light);
}

fn plant(pen: &Pen<'_>, c: &Tone) {
    for (x, y) in [(-0.24, -0.12), (-0.13, -0.24), (0.0, -0.29), (0.13, -0.24), (0.24, -0.12_f32)] {
        pen.line(&[(0.0, 0.08), (x, y)], 0.02, c.dark);
        pen.circle((x, y), 0.085, c.base);
        pen.circle((x - 0.015, y - 0.02), 0.04, c.light);
    }
    pen.polygon(&[(-0.17, 0.08), (0.17, 0.08), (0.12, 0.32), (-0.12, 0.32)], c.dark);
    pen.block((-0.19, 0.05), (0.19, 0.12), 0.02, c.base);
}
