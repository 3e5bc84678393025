//! Frames in the sizes of real terminals.

use super::*;

fn frame(size: (u16, u16), keys: &str) -> String {
    let mut screen = Screen::of(&USUAL, size);
    screen.keys(keys);
    screen.frame()
}

#[test]
fn the_list_in_four_sizes() {
    insta::assert_snapshot!("list_60x20", frame((60, 20), "N"));
    insta::assert_snapshot!("list_80x24", frame((80, 24), "N"));
    insta::assert_snapshot!("list_120x40", frame((120, 40), "NN6"));
    insta::assert_snapshot!("list_200x60", frame((200, 60), "NNm"));
}

#[test]
fn a_delivery_in_four_sizes() {
    insta::assert_snapshot!("delivery_60x20", frame((60, 20), "NN\n6"));
    insta::assert_snapshot!("delivery_80x24", frame((80, 24), "NN\n"));
    insta::assert_snapshot!("delivery_120x40", frame((120, 40), "NN\n4"));
    insta::assert_snapshot!("delivery_200x60", frame((200, 60), "NN\n3"));
    insta::assert_snapshot!("api_calls_80x24", frame((80, 24), "NN\n5"));
}

#[test]
fn what_is_typed_and_what_is_shown_over_the_panes() {
    insta::assert_snapshot!("filter", frame((80, 24), "/type:payment_*"));
    insta::assert_snapshot!("not_understood", frame((80, 24), "/status:9xx"));
    insta::assert_snapshot!("nothing_fits", frame((60, 20), "/type:none\n"));
    insta::assert_snapshot!("help", frame((80, 52), "?"));
    insta::assert_snapshot!("help_60x20", frame((60, 20), "?jj"));
    insta::assert_snapshot!("compare", frame((80, 24), "gmjj="));
    insta::assert_snapshot!("copy", frame((60, 20), "c"));
    let mut screen = Screen::of(&USUAL, (60, 20));
    screen.show(ScreenUpdate::Verified("FAIL  Stripe's libraries reject it\n\n  - why\n".into()));
    insta::assert_snapshot!("verified", screen.frame());
}

#[test]
fn a_screen_without_deliveries_says_how_to_get_some() {
    insta::assert_snapshot!(Screen::of(&[], (60, 10)).frame());
}

#[test]
fn every_size_can_be_drawn() {
    let mut screen = Screen::of(&USUAL, (80, 24));
    for keys in ["", "\n", "/", "?", "\u{1b}e", "c"] {
        screen.keys(keys);
        for (columns, lines) in (1..130).step_by(3).zip((1..44).cycle()) {
            screen.show(ScreenUpdate::Size(columns, lines));
            screen.frame();
        }
        screen.keys("\u{1b}\u{1b}");
    }
}
