//! The window: takes actions from the pages, hands them to the worker, shows what comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{CentralPanel, Frame, Key, Margin, Panel, ScrollArea, Theme};

use crate::state::{Action, Page, State};
use crate::theme;
use crate::views;
use crate::widgets::{column, look, set_lang};
use crate::worker::{Job, Worker};

/// The app.
pub struct App {
    state: State,
    worker: Worker,
    report: Option<(Instant, u64)>,
}

impl App {
    /// Dresses the context and opens the example shop.
    #[must_use]
    pub fn new(ctx: &egui::Context, worker: Worker) -> Self {
        theme::install(ctx);
        let mut app = Self { state: State { devices: 1000, ..State::default() }, worker, report: None };
        app.send(Job::Open);
        app
    }

    /// Closes the window after so many seconds and prints what was measured.
    #[must_use]
    pub fn reporting(self, seconds: Option<u64>) -> Self {
        Self { report: seconds.map(|s| (Instant::now(), s)), ..self }
    }

    /// What is on the screen.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Does what the user did: the only place that changes the state.
    pub fn apply(&mut self, ctx: &egui::Context, action: Action) {
        let state = &mut self.state;
        match &action {
            Action::Theme => {
                let other = if ctx.theme() == Theme::Dark { Theme::Light } else { Theme::Dark };
                ctx.set_theme(other);
                return;
            }
            Action::CloseWhy => {
                state.why = false;
                return;
            }
            Action::Turn(purpose, on) => {
                let mut draft = state.switches();
                if *on {
                    draft.insert(*purpose)
                } else {
                    draft.remove(purpose)
                };
                state.draft = Some(draft);
                return;
            }
            Action::Save => {
                let allowed = state.switches();
                state.draft = None;
                self.send(Job::Save(allowed));
                return;
            }
            Action::Slide(devices) => {
                state.devices = *devices;
                return;
            }
            Action::Path(path) => {
                state.path.clone_from(path);
                return;
            }
            Action::Key(key) => {
                state.key.clone_from(key);
                return;
            }
            Action::Go(page) => state.page = *page,
            Action::Open(_) => (state.page, state.why) = (Page::Product, false),
            Action::Why(..) => state.why = true,
            Action::Correct(_) => state.why = false,
            Action::Speak(lang) => {
                state.lang = *lang;
                set_lang(ctx, *lang);
            }
            Action::Type(text) => state.query.clone_from(text),
            Action::Search => {
                state.page = Page::Search;
                self.send(Job::Do(Action::Go(Page::Search)));
            }
            Action::AcceptAll | Action::RefuseAll | Action::Withdraw(_) | Action::Signals(_) => {
                state.draft = None
            }
            Action::Crowd(devices) => state.devices = *devices,
            _ => {}
        }
        self.send(Job::Do(action));
    }

    fn send(&mut self, job: Job) {
        self.state.busy += 1;
        self.worker.send(job);
    }

    fn take(&mut self) {
        for seen in self.worker.answers() {
            self.state.busy = self.state.busy.saturating_sub(1);
            self.state.seen = seen;
        }
    }

    /// Prints what was measured once, and closes the window.
    fn tell(&mut self, ctx: &egui::Context) {
        let Some((started, seconds)) = self.report else { return };
        ctx.request_repaint_after(Duration::from_millis(200));
        if started.elapsed() >= Duration::from_secs(seconds) {
            let memory = resident_kb().map_or_else(|| "unknown".into(), |kb| format!("{} MB", kb / 1024));
            let shop = &self.state.seen.shop;
            println!("{} items, first shelf after {} ms, resident {memory}", shop.items, shop.first_shelf_ms);
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            self.report = None;
        }
    }
}

/// Memory in use, where the system tells it as Linux does.
fn resident_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        self.take();
        self.tell(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        let mut actions = Vec::new();
        let t = look(ui);
        if ui.input(|i| i.key_pressed(Key::Escape)) && self.state.why {
            actions.push(Action::CloseWhy);
        }
        let bar = Frame::new().fill(t.surface).inner_margin(Margin::symmetric(20, 11));
        Panel::top("bar").frame(bar).show(ui, |ui| views::bar::show(ui, &self.state, &mut actions));
        if let Some(note) = &self.state.seen.note {
            let color = if note.failed { t.warn } else { t.accent };
            let foot = Frame::new().fill(t.surface).inner_margin(Margin::symmetric(24, 8));
            Panel::bottom("note").frame(foot).show(ui, |ui| views::bar::note(ui, note, color));
        }
        if self.state.why {
            let side = Frame::new().fill(t.surface).inner_margin(Margin::same(20));
            let panel = if self.state.lang.is_rtl() { Panel::left("why") } else { Panel::right("why") };
            panel.exact_size(348.0).resizable(false).frame(side).show(ui, |ui| {
                views::why::show(ui, &self.state, &mut actions);
            });
        }
        let page =
            Frame::new().fill(t.background).inner_margin(Margin { left: 24, right: 14, top: 18, bottom: 0 });
        CentralPanel::no_frame().frame(page).show(ui, |ui| self.page(ui, &mut actions));
        for action in actions {
            self.apply(ui.ctx(), action);
        }
        self.take();
    }
}

impl App {
    fn page(&self, ui: &mut egui::Ui, actions: &mut Vec<Action>) {
        let state = &self.state;
        if !state.seen.ready {
            views::bar::opening(ui, state);
            return;
        }
        // Results scroll by themselves: they lay out only what is visible.
        if state.page == Page::Search {
            ui.with_layout(column(ui), |ui| views::search::show(ui, state, actions));
            return;
        }
        ScrollArea::vertical().id_salt(state.page).auto_shrink(false).show(ui, |ui| {
            ui.set_width(ui.available_width() - 10.0);
            ui.with_layout(column(ui), |ui| {
                match state.page {
                    Page::Shop => views::home::show(ui, state, actions),
                    Page::Product => views::product::show(ui, state, actions),
                    Page::Cart => views::cart::show(ui, state, actions),
                    Page::You => views::you::show(ui, state, actions),
                    Page::Consent => views::consent::show(ui, state, actions),
                    Page::Leaves => views::leaves::show(ui, state, actions),
                    Page::Vault => views::vault::show(ui, state, actions),
                    Page::Load => views::load::show(ui, state, actions),
                    Page::Search => {}
                }
                ui.add_space(24.0);
            });
        });
    }

    /// The worker, for tests that let it answer late.
    pub fn worker(&mut self) -> &mut Worker {
        &mut self.worker
    }

    /// Shows this instead of what the worker said, for tests of what pages do with it.
    pub fn show(&mut self, seen: Arc<crate::seen::Seen>) {
        self.state.seen = seen;
    }
}
