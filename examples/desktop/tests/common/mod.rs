//! An app without a window: its worker on the test's own thread, its clock standing still, its pictures painted by a
//! processor. One example shop is built for all tests of a file, and copied for each.

#![allow(dead_code, reason = "each file of tests uses its part")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use egui::epaint::{ImageDelta, Primitive};
use egui::{Color32, Role, TextureId, TexturesDelta, Theme};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, TestRenderer};
use image::{Rgba, RgbaImage};
use sottovoce::clock::ManualClock;
use sottovoce::random::{RandomError, SecureRandom};
use sottovoce_desktop::app::App;
use sottovoce_desktop::seen::Seen;
use sottovoce_desktop::shop::{Options, Shop};
use sottovoce_desktop::worker::Worker;

/// 2026-06-01 10:00 UTC.
pub const NOW_MS: i64 = 1_780_308_000_000;

/// The same numbers in every run.
pub struct Fixed(AtomicU64);

impl SecureRandom for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        for byte in bytes {
            // SplitMix64, by Steele, Lea and Flood.
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (z ^ (z >> 31)) as u8;
        }
        Ok(())
    }
}

/// What every test starts with.
pub fn options(folder: &Path) -> Options {
    Options {
        folder: folder.to_owned(),
        clock: Arc::new(ManualClock::new(NOW_MS)),
        random: Arc::new(Fixed(AtomicU64::new(7))),
        keyring: false,
    }
}

/// The merchant's files, made once.
static MERCHANT: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    Shop::open(options(folder.path()), std::time::Instant::now(), &mut Seen::default()).unwrap();
    folder
});

/// A folder with the merchant's files and nothing of a device.
pub fn folder() -> tempfile::TempDir {
    let fresh = tempfile::tempdir().unwrap();
    let place = fresh.path().join("brambly");
    std::fs::create_dir_all(&place).unwrap();
    for name in ["shop.bundle", "shop.pem"] {
        std::fs::copy(MERCHANT.path().join("brambly").join(name), place.join(name)).unwrap();
    }
    fresh
}

/// The app over a folder, in a theme.
pub fn app(folder: &Path, theme: Theme) -> Harness<'static, App> {
    let options = options(folder);
    let mut harness = Harness::builder()
        .with_size([1100.0, 700.0])
        .with_theme(theme)
        .with_max_steps(20)
        .renderer(Cpu::default())
        .build_eframe(move |cc| App::new(&cc.egui_ctx, Worker::here(options)));
    harness.run();
    harness
}

/// The app after everything was allowed and the visit of the quickstart was played.
pub fn session(folder: &Path) -> Harness<'static, App> {
    session_in(folder, Theme::Light)
}

/// The same, in a theme.
pub fn session_in(folder: &Path, theme: Theme) -> Harness<'static, App> {
    let mut app = app(folder, theme);
    press(&mut app, Role::Button, "Accept all");
    press(&mut app, Role::Button, "Play a visit: a coffee corner");
    assert_eq!(app.state().state().seen.note.as_ref().unwrap().text, "Acts stored: 6 / 6");
    app
}

/// Presses what a screen reader calls so, and waits until nothing changes any more.
pub fn press(app: &mut Harness<'_, App>, role: Role, name: &str) {
    app.get_by_role_and_label(role, name).click_accesskit();
    app.run();
}

/// Paints triangles as a graphics card would.
#[derive(Default)]
pub struct Cpu {
    textures: HashMap<TextureId, (usize, usize, Vec<Color32>)>,
}

impl Cpu {
    fn set(&mut self, id: TextureId, delta: &ImageDelta) {
        let egui::ImageData::Color(image) = &delta.image;
        let [width, height] = image.size;
        let Some([left, top]) = delta.pos else {
            self.textures.insert(id, (width, height, image.pixels.clone()));
            return;
        };
        let (stride, _, pixels) = self.textures.get_mut(&id).unwrap();
        for y in 0..height {
            let row = (top + y) * *stride + left;
            pixels[row..row + width].copy_from_slice(&image.pixels[y * width..(y + 1) * width]);
        }
    }

    fn sample(&self, texture: &(usize, usize, Vec<Color32>), u: f32, v: f32) -> [f32; 4] {
        let (width, height, pixels) = texture;
        let (x, y) = (u * *width as f32 - 0.5, v * *height as f32 - 0.5);
        let (x0, y0) = (x.floor(), y.floor());
        let (fx, fy) = (x - x0, y - y0);
        let at = |dx: f32, dy: f32| {
            let cx = ((x0 + dx).max(0.0) as usize).min(width - 1);
            let cy = ((y0 + dy).max(0.0) as usize).min(height - 1);
            pixels[cy * width + cx].to_array().map(f32::from)
        };
        let (a, b, c, d) = (at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0), at(1.0, 1.0));
        std::array::from_fn(|i| {
            (a[i] * (1.0 - fx) + b[i] * fx) * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy
        })
    }
}

impl TestRenderer for Cpu {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, deltas) in std::mem::take(&mut delta.set) {
            deltas.iter().for_each(|one| self.set(id, one));
        }
        for id in std::mem::take(&mut delta.free) {
            self.textures.remove(&id);
        }
    }

    fn render(&mut self, ctx: &egui::Context, output: &egui::FullOutput) -> Result<RgbaImage, String> {
        let scale = output.pixels_per_point;
        let size = ctx.content_rect().size() * scale;
        let (width, height) = (size.x.round() as i32, size.y.round() as i32);
        let mut image = vec![[0.0_f32, 0.0, 0.0, 255.0]; (width * height) as usize];
        for part in ctx.tessellate(output.shapes.clone(), scale) {
            let Primitive::Mesh(mesh) = part.primitive else { continue };
            let texture = self.textures.get(&mesh.texture_id).ok_or("a texture is missing")?;
            let clip = part.clip_rect * scale;
            let bounds = [
                (clip.left().round() as i32).max(0),
                (clip.top().round() as i32).max(0),
                (clip.right().round() as i32).min(width),
                (clip.bottom().round() as i32).min(height),
            ];
            for triangle in mesh.indices.chunks(3) {
                let [a, b, c] = [0, 1, 2].map(|i| mesh.vertices[triangle[i] as usize]);
                self.triangle(&mut image, width, bounds, scale, [a, b, c], texture);
            }
        }
        let mut out = RgbaImage::new(width as u32, height as u32);
        for (pixel, color) in out.pixels_mut().zip(image) {
            *pixel = Rgba(color.map(|c| c.round().clamp(0.0, 255.0) as u8));
        }
        Ok(out)
    }
}

impl Cpu {
    fn triangle(
        &self,
        image: &mut [[f32; 4]],
        width: i32,
        bounds: [i32; 4],
        scale: f32,
        corners: [egui::epaint::Vertex; 3],
        texture: &(usize, usize, Vec<Color32>),
    ) {
        let [p, q, r] = corners.map(|v| v.pos * scale);
        let area = (q - p).x * (r - p).y - (q - p).y * (r - p).x;
        if area.abs() < 1e-6 {
            return;
        }
        let low = p.min(q).min(r);
        let high = p.max(q).max(r);
        let plain = corners.iter().all(|v| v.uv == egui::epaint::WHITE_UV);
        for y in (low.y.floor() as i32).max(bounds[1])..(high.y.ceil() as i32).min(bounds[3]) {
            for x in (low.x.floor() as i32).max(bounds[0])..(high.x.ceil() as i32).min(bounds[2]) {
                let at = egui::pos2(x as f32 + 0.5, y as f32 + 0.5);
                let wq = ((at - p).x * (r - p).y - (at - p).y * (r - p).x) / area;
                let wr = ((q - p).x * (at - p).y - (q - p).y * (at - p).x) / area;
                let wp = 1.0 - wq - wr;
                if wp < 0.0 || wq < 0.0 || wr < 0.0 {
                    continue;
                }
                let mix = |f: &dyn Fn(&egui::epaint::Vertex) -> f32| {
                    f(&corners[0]) * wp + f(&corners[1]) * wq + f(&corners[2]) * wr
                };
                let tint: [f32; 4] = std::array::from_fn(|i| mix(&|v| f32::from(v.color.to_array()[i])));
                let texel =
                    if plain { [255.0; 4] } else { self.sample(texture, mix(&|v| v.uv.x), mix(&|v| v.uv.y)) };
                let color: [f32; 4] = std::array::from_fn(|i| tint[i] * texel[i] / 255.0);
                let under = &mut image[(y * width + x) as usize];
                for i in 0..4 {
                    under[i] = color[i] + under[i] * (1.0 - color[3] / 255.0);
                }
            }
        }
    }
}
