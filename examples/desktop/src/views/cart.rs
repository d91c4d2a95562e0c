//! The cart, and a checkout that begins with what the user chose before.

use egui::{Rect, Sense, Ui, vec2};

use super::product::shelf;
use crate::art;
use crate::state::{Action, State};
use crate::theme::Face;
use crate::widgets::{button, card, colored, fact, heading, look, primary, say, text};

/// The page.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let cart = &state.seen.cart;
    heading(ui, say(ui, "Cart"), Face::Title);
    card(ui, |ui| {
        if cart.lines.is_empty() {
            text(ui, say(ui, "The cart is empty."), Face::Body);
            return;
        }
        for line in &cart.lines {
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(64.0, 48.0), Sense::hover());
                art::draw(ui, Rect::from_center_size(rect.center(), rect.size()), line.picture);
                text(ui, &line.title, Face::Strong);
                text(ui, &line.price, Face::Body);
                let remove = button(ui, say(ui, "Remove"));
                if remove.accessible_name(format!("{} {}", say(ui, "Remove"), line.title)).clicked() {
                    actions.push(Action::RemoveFromCart(line.item_id.clone()));
                }
            });
        }
        let t = look(ui);
        colored(ui, &cart.total, Face::Title, t.accent);
        if primary(ui, say(ui, "Buy now")).clicked() {
            actions.push(Action::Buy);
        }
    });
    ui.add_space(8.0);
    if let Some(hints) = &cart.hints {
        card(ui, |ui| {
            heading(ui, say(ui, "Checkout"), Face::Heading);
            let unknown = say(ui, "nothing known yet");
            let payment = hints.payment.map_or_else(|| unknown.to_owned(), |p| spaced(&format!("{p:?}")));
            let delivery = hints.delivery.map_or_else(|| unknown.to_owned(), |d| spaced(&format!("{d:?}")));
            fact(ui, say(ui, "Payment shown first"), &payment);
            fact(ui, say(ui, "Delivery shown first"), &delivery);
        });
    }
    shelf(ui, say(ui, "Goes with your cart"), &cart.with_it, actions);
}

/// `BankTransfer` as it is read.
fn spaced(name: &str) -> String {
    let mut said = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !said.is_empty() {
            said.push(' ');
        }
        said.push(c);
    }
    said
}
