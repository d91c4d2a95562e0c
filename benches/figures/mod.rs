//! How the benches print: a line for people and one JSON line for scripts.
#![allow(dead_code, reason = "each bench uses its part")]

/// One figure, which is better the lower it is.
pub fn figure(bench: &str, name: &str, value: f64, unit: &str, goal: f64) {
    let met = if value <= goal { "met" } else { "missed" };
    println!("{name}: {value:.4} {unit}, goal {goal} {met}");
    println!(
        r#"{{"bench":"{bench}","figure":"{name}","value":{value:.6},"unit":"{unit}","better":"lower","goal":{goal}}}"#
    );
}

pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
