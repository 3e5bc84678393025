//! What key sequences come to.

use super::*;

const SIZE: (u16, u16) = (80, 24);

#[test]
fn the_list_follows_until_its_user_moves_and_again_at_the_end() {
    let mut screen = Screen::of(&USUAL, SIZE);
    assert_eq!(screen.selected(), Some(6));
    record(&screen.file, std::iter::once(("invoice.created".to_owned(), vec![200])));
    screen.show(ScreenUpdate::Changed);
    assert_eq!(screen.selected(), Some(7));
    screen.keys("k");
    record(&screen.file, std::iter::once(("invoice.voided".to_owned(), vec![200])));
    screen.show(ScreenUpdate::Changed);
    assert_eq!(screen.selected(), Some(6));
    screen.keys("G");
    assert_eq!(screen.selected(), Some(8));
    screen.keys("gj");
    assert_eq!(screen.selected(), Some(2));
    screen.keys("ff");
    assert_eq!(screen.said(), "the list stays where it is: f follows again");
}

#[test]
fn all_of_a_long_list_is_reached_with_a_window_of_it() {
    let all = (0..2_000).map(|_| ("invoice.paid".to_owned(), vec![200]));
    let mut screen = Screen::over(all, SIZE);
    for expected in (1..=1_999).rev() {
        screen.keys("k");
        assert_eq!(screen.selected(), Some(expected));
        assert!(screen.inspector.list.rows.len() <= 400);
    }
    (0..98).for_each(|_| screen.press(KeyPress::PageDown));
    assert_eq!(screen.selected(), Some(1_961));
    (0..3).for_each(|_| screen.press(KeyPress::PageDown));
    assert_eq!(screen.selected(), Some(2_000));
    screen.keys("g");
    assert_eq!(screen.selected(), Some(1));
    screen.keys(":#1234\n");
    assert_eq!(screen.selected(), Some(1_234));
}

#[test]
fn a_filter_applies_as_it_is_typed_and_esc_takes_it_back() {
    let mut screen = Screen::of(&USUAL, SIZE);
    let ids = |screen: &Screen| -> Vec<i64> {
        screen.inspector.list.rows.iter().map(|row| row.id.0).collect()
    };
    for (typed, expected) in [
        ("/type:payment_intent.*\n", vec![2, 3]),
        ("\u{1b}/failed\n", vec![3, 4]),
        ("/ status:5xx\n", vec![3]),
        ("\u{1b}/grep:3000\n", vec![3]),
        ("/ session:\u{1b}", vec![3]),
        ("\u{1b}", vec![1, 2, 3, 4, 5, 6]),
        ("F", vec![3, 4]),
        ("F", vec![1, 2, 3, 4, 5, 6]),
        (":filter invoice\n", vec![5]),
        ("\u{1b}/type:none.*\n", vec![]),
    ] {
        screen.keys(typed);
        assert_eq!(ids(&screen), expected, "{typed}");
    }
    assert_eq!(screen.selected(), None);
    screen.keys("r");
    assert_eq!(screen.said(), "there is no delivery here");
    screen.keys("\u{1b}/status:9xx");
    assert!(screen.inspector.not_understood.is_some());
    assert_eq!(ids(&screen).len(), 6);
    screen.keys("\u{1b}gj/failed");
    assert_eq!(screen.selected(), Some(4));
    screen.keys("\u{1b}");
    assert_eq!(screen.selected(), Some(2));
}

#[test]
fn failures_are_found_in_both_directions() {
    let mut screen = Screen::of(&USUAL, SIZE);
    screen.keys("N");
    assert_eq!(screen.selected(), Some(4));
    screen.keys("N");
    assert_eq!(screen.selected(), Some(3));
    screen.keys("N");
    assert_eq!(screen.selected(), Some(3));
    assert_eq!(screen.said(), "no earlier failure: n looks after this one");
    screen.keys("n");
    assert_eq!(screen.selected(), Some(4));
    screen.keys("/type:invoice.*\nn");
    assert_eq!(screen.said(), "no later failure: N looks before this one");
}

#[test]
fn what_is_asked_for_names_the_selected_delivery() {
    let mut screen = Screen::of(&USUAL, SIZE);
    screen.keys("NrRco");
    screen.keys("cccjcicsovs:replay\n:edit\n:send invoice.paid\ne");
    screen.keys(":scenario payment\n:scen\n:verify\n");
    screen.press(KeyPress::Ctrl('z'));
    screen.keys("q");
    assert_eq!(
        screen.asked,
        [
            Effect::Replay(id(4)),
            Effect::Edit(id(4)),
            Effect::Copy(id(4), Copied::Curl),
            Effect::Copy(id(4), Copied::Json),
            Effect::Copy(id(4), Copied::Id),
            Effect::Copy(id(4), Copied::Step),
            Effect::Browse(id(4)),
            Effect::Verify(id(4)),
            Effect::Scenarios,
            Effect::Replay(id(4)),
            Effect::Edit(id(4)),
            Effect::Send("invoice.paid".to_owned()),
            Effect::Types,
            Effect::SendScenario("payment".to_owned()),
            Effect::Scenarios,
            Effect::Verify(id(4)),
            Effect::Suspend,
            Effect::Quit,
        ]
    );
}

#[test]
fn an_event_is_picked_and_sent() {
    let mut screen = Screen::of(&USUAL, SIZE);
    let choice = |name: &str| PickerItem { name: name.to_owned(), about: "about".to_owned() };
    let choices = || ["charge.succeeded", "invoice.paid"].map(choice).to_vec();
    screen.show(ScreenUpdate::Types(choices()));
    screen.keys("ip\n");
    assert_eq!(screen.asked, [Effect::Send("invoice.paid".to_owned())]);
    screen.show(ScreenUpdate::Types(choices()));
    screen.keys("q\u{1b}q");
    assert_eq!(screen.asked.last(), Some(&Effect::Quit));
}

#[test]
fn a_scenario_is_picked_and_sent() {
    let mut screen = Screen::of(&USUAL, SIZE);
    let choice = |name: &str| PickerItem { name: name.to_owned(), about: "about".to_owned() };
    screen.show(ScreenUpdate::Scenarios(["billing", "payment"].map(choice).to_vec()));
    screen.keys("pay\n");
    assert_eq!(screen.asked, [Effect::SendScenario("payment".to_owned())]);
}

#[test]
fn what_a_signature_is_lies_over_the_panes_until_a_key_takes_it_away() {
    let mut screen = Screen::of(&USUAL, SIZE);
    let text = "FAIL  Stripe's libraries reject it\nsecret: whsec_…\n";
    for key in ["q", "v", "\u{1b}"] {
        screen.show(ScreenUpdate::Verified(text.to_owned()));
        assert!(screen.frame().contains("FAIL  Stripe's libraries reject it"), "{key}");
        screen.keys(key);
        assert!(!screen.frame().contains("FAIL"), "{key}");
    }
    assert_eq!(screen.asked, []);
}

#[test]
fn the_marked_one_is_compared_with_another() {
    let mut screen = Screen::of(&USUAL, SIZE);
    screen.keys("=");
    assert_eq!(screen.said(), "nothing is marked: m marks a delivery");
    screen.keys("gm=");
    assert_eq!(screen.said(), "this is the marked one: select another");
    screen.keys("jj=");
    let frame = screen.frame();
    assert!(frame.contains("data.object.amount\n  - 1000\n  + 3000"), "{frame}");
    screen.keys("q'");
    assert_eq!(screen.selected(), Some(1));
    screen.keys("m'");
    assert_eq!(screen.said(), "nothing is marked: m marks a delivery");
}

#[test]
fn a_delivery_is_read_in_its_tabs() {
    let mut screen = Screen::of(&USUAL, SIZE);
    screen.keys("NN\n");
    for (keys, expected) in [
        ("1", "\"amount\": 3000,"),
        ("2", "Stripe-Signature: t=1,v1=ab"),
        ("3", "KeyError: 'amount'"),
        ("4", "  2  "),
        ("5", "during attempt 2"),
        ("6", "likely cause"),
        ("l", "\"amount\": 3000,"),
        ("h", "likely cause"),
        (":answer\n", "KeyError: 'amount'"),
    ] {
        screen.keys(keys);
        let frame = screen.frame();
        assert!(frame.contains(expected), "{keys}: {frame}");
    }
    screen.keys("\u{1b}");
    assert!(screen.frame().contains("\n> #3 "), "the list again: {}", screen.frame());
}

#[test]
fn a_long_delivery_is_scrolled_to_its_end_and_no_further() {
    let mut screen = Screen::of(&USUAL, (40, 10));
    screen.keys("N\n2");
    (0..100).for_each(|_| screen.press(KeyPress::Down));
    let frame = screen.frame();
    assert!(frame.contains("\"eur\"}}}"), "{frame}");
    (0..100).for_each(|_| screen.press(KeyPress::PageUp));
    assert!(screen.frame().contains("POST http://127.0.0.1:5000/webhook"));
}

#[test]
fn secrets_are_not_shown() {
    let mut screen = Screen::of(&USUAL, SIZE);
    screen.inspector.start.redactor.add("KeyError: 'amount'");
    screen.keys("NN\n3");
    assert!(!screen.frame().contains("KeyError"), "{}", screen.frame());
    screen.keys("\u{1b}");
    screen.show(ScreenUpdate::Size(200, 24));
    assert!(!screen.frame().contains("KeyError"), "{}", screen.frame());
}
