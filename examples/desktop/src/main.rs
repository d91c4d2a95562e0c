//! Opens the window. `--data-dir FOLDER` keeps everything there; without it all is gone when the window closes.
//! `--keyring` has the desktop's own keyring guard the keys. `--report SECONDS` closes the window by itself and prints how
//! long the first shelf took and how much memory is in use.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use sottovoce::clock::SystemClock;
use sottovoce::random::SystemRandom;
use sottovoce_desktop::app::App;
use sottovoce_desktop::shop::Options;
use sottovoce_desktop::worker::Worker;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut folder, mut keyring, mut report) = (None, false, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--data-dir" => {
                folder = Some(PathBuf::from(arguments.next().ok_or("--data-dir needs a folder")?))
            }
            "--keyring" => keyring = true,
            "--report" => report = Some(arguments.next().ok_or("--report needs seconds")?.parse()?),
            other => return Err(format!("unknown argument `{other}`; see the README").into()),
        }
    }
    let temporary = tempfile::tempdir()?;
    let folder = folder.unwrap_or_else(|| temporary.path().to_owned());
    let random = Arc::new(SystemRandom);
    let options = Options { folder, clock: Arc::new(SystemClock), random, keyring };
    let viewport = egui::ViewportBuilder::default()
        .with_title("Sottovoce")
        .with_inner_size([1180.0, 800.0])
        .with_min_inner_size([820.0, 520.0]);
    let native = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    eframe::run_native(
        "sottovoce-desktop",
        native,
        Box::new(move |cc| {
            let ctx = cc.egui_ctx.clone();
            let worker = Worker::thread(options, move || ctx.request_repaint());
            Ok(Box::new(App::new(&cc.egui_ctx, worker).reporting(report)))
        }),
    )?;
    Ok(())
}
