//! Plots: each is one picture with a sentence that says the same.

use egui::{Align2, Color32, CornerRadius, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::theme::Face;
use crate::widgets::look;

/// A line of a plot: its name, its colour, its points.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it shows.
    pub name: String,
    /// How it is drawn.
    pub color: Color32,
    /// Points from the left to the right.
    pub points: Vec<(f64, f64)>,
}

/// Lines over a common ground, from 0 to `top`, with a dashed cap.
pub fn lines(ui: &mut Ui, said: &str, lines: &[Line], top: f64, cap: Option<f64>) {
    let (frame, plot) = ground(ui, said, 170.0, top);
    let xs = lines.iter().flat_map(|l| l.points.iter().map(|p| p.0));
    let (low, high) = xs.fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(x), b.max(x)));
    let span = (high - low).max(1e-9);
    let at = |(x, y): (f64, f64)| {
        let across = ((x - low) / span) as f32;
        pos2(plot.left() + plot.width() * across, plot.bottom() - plot.height() * (y / top).min(1.0) as f32)
    };
    let paint = ui.painter().with_clip_rect(frame);
    if let Some(cap) = cap {
        let y = at((low, cap)).y;
        let dashes = Shape::dashed_line(
            &[pos2(plot.left(), y), pos2(plot.right(), y)],
            Stroke::new(1.5, look(ui).warn),
            6.0,
            4.0,
        );
        paint.extend(dashes);
    }
    for line in lines {
        let points: Vec<_> = line.points.iter().map(|p| at(*p)).collect();
        for pair in points.windows(2) {
            let under =
                vec![pair[0], pair[1], pos2(pair[1].x, plot.bottom()), pos2(pair[0].x, plot.bottom())];
            paint.add(Shape::convex_polygon(under, line.color.gamma_multiply(0.10), Stroke::NONE));
        }
        paint.add(Shape::line(points.clone(), Stroke::new(2.0, line.color)));
        for point in points {
            paint.circle_filled(point, 2.5, line.color);
        }
    }
}

/// One bar of a histogram.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What is counted.
    pub name: String,
    /// The estimate.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: (f64, f64),
    /// What is true, where it is known.
    pub truth: Option<f64>,
}

/// Bars with their intervals, and a diamond where the truth is.
pub fn bars(ui: &mut Ui, said: &str, bars: &[Bar]) {
    let most = bars.iter().map(|b| b.interval.1.max(b.truth.unwrap_or(0.0))).fold(1.0, f64::max);
    let (_, plot) = ground(ui, said, 210.0, most);
    let t = look(ui);
    let y = |v: f64| plot.bottom() - plot.height() * (v / most).clamp(0.0, 1.0) as f32;
    let step = plot.width() / bars.len().max(1) as f32;
    for (i, bar) in bars.iter().enumerate() {
        let x = plot.left() + step * (i as f32 + 0.5);
        let half = (step * 0.32).min(20.0);
        let body = Rect::from_min_max(pos2(x - half, y(bar.value)), pos2(x + half, plot.bottom()));
        ui.painter().rect_filled(
            body,
            CornerRadius { nw: 4, ne: 4, sw: 0, se: 0 },
            t.accent.gamma_multiply(0.75),
        );
        let (low, high) = (y(bar.interval.0), y(bar.interval.1));
        let ink = Stroke::new(1.5, t.text);
        ui.painter().line_segment([pos2(x, low), pos2(x, high)], ink);
        for end in [low, high] {
            ui.painter().line_segment([pos2(x - 5.0, end), pos2(x + 5.0, end)], ink);
        }
        if let Some(truth) = bar.truth {
            let c = pos2(x, y(truth));
            let diamond =
                vec![c + vec2(0.0, -6.0), c + vec2(6.0, 0.0), c + vec2(0.0, 6.0), c + vec2(-6.0, 0.0)];
            ui.painter().add(Shape::convex_polygon(diamond, t.warn, Stroke::new(1.0, t.surface)));
        }
        let name: String = bar.name.chars().take((step / 7.0) as usize).collect();
        ui.painter().text(
            pos2(x, plot.bottom() + 5.0),
            Align2::CENTER_TOP,
            name,
            Face::Small.font(),
            t.muted,
        );
    }
}

/// Room for a plot with grid lines and their figures: the whole frame, and the part that is plotted in.
fn ground(ui: &mut Ui, said: &str, height: f32, top: f64) -> (Rect, Rect) {
    let (frame, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::GraphicsDocument, true, said));
    let t = look(ui);
    let plot = Rect::from_min_max(frame.min + vec2(52.0, 8.0), frame.max - vec2(4.0, 24.0));
    for step in 0..=4_u8 {
        let share = f32::from(step) / 4.0;
        let y = plot.bottom() - plot.height() * share;
        ui.painter().line_segment([pos2(plot.left(), y), pos2(plot.right(), y)], Stroke::new(1.0, t.border));
        let value = top * f64::from(share);
        let figure = if top >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") };
        ui.painter().text(
            pos2(plot.left() - 8.0, y),
            Align2::RIGHT_CENTER,
            figure,
            Face::Small.font(),
            t.muted,
        );
    }
    (frame, plot)
}
