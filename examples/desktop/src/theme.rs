//! How the app looks: colours, type and spacing, in light and dark. Views never name a colour.

use std::sync::Arc;

use egui::{Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Stroke, Theme, Vec2};

/// The colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    /// Behind everything.
    pub background: Color32,
    /// Cards and bars.
    pub surface: Color32,
    /// Fields and tracks, a step away from the surface.
    pub sunken: Color32,
    /// Lines of one pixel.
    pub border: Color32,
    /// What is read.
    pub text: Color32,
    /// What may be read.
    pub muted: Color32,
    /// The one colour.
    pub accent: Color32,
    /// Behind chips and chosen tabs.
    pub accent_soft: Color32,
    /// On the accent.
    pub on_accent: Color32,
    /// What is stated, what is true.
    pub second: Color32,
    /// What warns.
    pub warn: Color32,
    /// Under cards.
    pub shadow: Color32,
    /// How bright pictures are drawn, of 255.
    pub picture: u8,
}

const LIGHT: Tokens = Tokens {
    background: Color32::from_rgb(0xf6, 0xf4, 0xf0),
    surface: Color32::from_rgb(0xff, 0xff, 0xff),
    sunken: Color32::from_rgb(0xef, 0xec, 0xe6),
    border: Color32::from_rgb(0xe2, 0xde, 0xd6),
    text: Color32::from_rgb(0x1d, 0x1d, 0x1b),
    muted: Color32::from_rgb(0x66, 0x63, 0x5d),
    accent: Color32::from_rgb(0x2b, 0x5d, 0x4b),
    accent_soft: Color32::from_rgb(0xe2, 0xed, 0xe8),
    on_accent: Color32::from_rgb(0xff, 0xff, 0xff),
    second: Color32::from_rgb(0x3d, 0x5a, 0x98),
    warn: Color32::from_rgb(0xa8, 0x4a, 0x21),
    shadow: Color32::from_black_alpha(14),
    picture: 255,
};

const DARK: Tokens = Tokens {
    background: Color32::from_rgb(0x15, 0x16, 0x17),
    surface: Color32::from_rgb(0x1f, 0x21, 0x22),
    sunken: Color32::from_rgb(0x2a, 0x2c, 0x2e),
    border: Color32::from_rgb(0x36, 0x39, 0x3b),
    text: Color32::from_rgb(0xec, 0xea, 0xe5),
    muted: Color32::from_rgb(0xa3, 0xa1, 0x9b),
    accent: Color32::from_rgb(0x7f, 0xc4, 0xa8),
    accent_soft: Color32::from_rgb(0x25, 0x3a, 0x32),
    on_accent: Color32::from_rgb(0x10, 0x22, 0x1b),
    second: Color32::from_rgb(0x8f, 0xae, 0xea),
    warn: Color32::from_rgb(0xe8, 0x9a, 0x6d),
    shadow: Color32::from_black_alpha(70),
    picture: 205,
};

/// The tokens of the theme in use.
#[must_use]
pub fn tokens(ctx: &egui::Context) -> &'static Tokens {
    of(ctx.theme())
}

const fn of(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Light => &LIGHT,
        Theme::Dark => &DARK,
    }
}

/// The five sizes of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Of a page.
    Title,
    /// Of a section.
    Heading,
    /// Of a card, and figures.
    Strong,
    /// What is read.
    Body,
    /// What may be read.
    Small,
    /// Bytes.
    Bytes,
}

impl Face {
    /// The font of this face.
    #[must_use]
    pub fn font(self) -> FontId {
        let bold = || FontFamily::Name("bold".into());
        match self {
            Self::Title => FontId::new(22.0, bold()),
            Self::Heading => FontId::new(16.0, bold()),
            Self::Strong => FontId::new(14.0, bold()),
            Self::Body => FontId::new(14.0, FontFamily::Proportional),
            Self::Small => FontId::new(12.5, FontFamily::Proportional),
            Self::Bytes => FontId::new(12.0, FontFamily::Monospace),
        }
    }
}

/// Puts fonts and both themes into a context.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    for theme in [Theme::Light, Theme::Dark] {
        let t = of(theme);
        ctx.style_mut_of(theme, |style| dress(style, t));
    }
}

fn fonts() -> FontDefinitions {
    let mut all = FontDefinitions::empty();
    let files: [(&str, &'static [u8]); 4] = [
        ("inter", include_bytes!("../assets/Inter-Regular.otf")),
        ("inter-bold", include_bytes!("../assets/Inter-SemiBold.otf")),
        ("arabic", include_bytes!("../assets/NotoSansArabic-Regular.ttf")),
        ("arabic-bold", include_bytes!("../assets/NotoSansArabic-Bold.ttf")),
    ];
    for (name, bytes) in files {
        all.font_data.insert(name.into(), Arc::new(FontData::from_static(bytes)));
    }
    let plain = vec!["inter".to_owned(), "arabic".to_owned()];
    all.families.insert(FontFamily::Proportional, plain.clone());
    all.families.insert(FontFamily::Monospace, plain);
    all.families.insert(FontFamily::Name("bold".into()), vec!["inter-bold".into(), "arabic-bold".into()]);
    all
}

fn dress(style: &mut egui::Style, t: &Tokens) {
    style.spacing.item_spacing = Vec2::new(10.0, 8.0);
    style.spacing.button_padding = Vec2::new(12.0, 6.0);
    style.spacing.interact_size.y = 32.0;
    style.spacing.slider_width = 320.0;
    style.interaction.selectable_labels = false;
    let v = &mut style.visuals;
    v.panel_fill = t.background;
    v.window_fill = t.surface;
    v.window_stroke = Stroke::new(1.0, t.border);
    v.extreme_bg_color = t.background;
    v.text_edit_bg_color = Some(t.background);
    v.faint_bg_color = t.sunken;
    v.selection.bg_fill = t.accent_soft;
    v.selection.stroke = Stroke::new(1.5, t.accent);
    v.hyperlink_color = t.accent;
    v.override_text_color = None;
    let w = &mut v.widgets;
    let states = [
        (&mut w.noninteractive, t.surface, t.border),
        (&mut w.inactive, t.surface, t.border),
        (&mut w.hovered, t.accent_soft, t.accent),
        (&mut w.active, t.accent_soft, t.accent),
        (&mut w.open, t.accent_soft, t.accent),
    ];
    for (state, fill, line) in states {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, line);
        state.fg_stroke = Stroke::new(1.2, t.text);
        state.corner_radius = CornerRadius::same(9);
        state.expansion = 0.0;
    }
}
