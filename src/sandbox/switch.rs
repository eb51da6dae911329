//! Switches between two behaviours, for where nobody knows which is the real one.

/// What a switch is about.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// What it is called.
    pub name: &'static str,
    /// Where it stands at first: the likelier of the two, or what a new customer has.
    pub default: bool,
    /// What happens when it is on.
    pub decides: &'static str,
    /// Why both are possible.
    pub unknown: &'static str,
}

/// A switch of a double with what it is about.
pub(super) type Line<S> = (S, About);

pub(super) const fn about<S: Copy>(
    switch: S,
    name: &'static str,
    default: bool,
    decides: &'static str,
    unknown: &'static str,
) -> Line<S> {
    (switch, About { name, default, decides, unknown })
}

/// What all the switches are about.
pub(super) const fn abouts<S: Copy, const N: usize>(lines: &[Line<S>; N]) -> [About; N] {
    let mut abouts = [lines[0].1; N];
    let mut at = 1;
    while at < N {
        abouts[at] = lines[at].1;
        at += 1;
    }
    abouts
}

/// Where the switches of a double stand.
#[derive(Clone, Copy)]
pub(super) struct Board<S: 'static, const N: usize> {
    lines: &'static [Line<S>; N],
    on: [bool; N],
}

impl<S: Copy + PartialEq, const N: usize> Board<S, N> {
    pub(super) fn new(lines: &'static [Line<S>; N]) -> Self {
        Self { lines, on: abouts(lines).map(|about| about.default) }
    }

    pub(super) fn on(&self, switch: S) -> bool {
        self.lines.iter().zip(self.on).any(|((known, _), on)| *known == switch && on)
    }

    pub(super) fn set(&mut self, switch: S, on: bool) {
        for ((known, _), stands) in self.lines.iter().zip(&mut self.on) {
            if *known == switch {
                *stands = on;
            }
        }
    }

    /// By its name; `false` if there is no such switch.
    pub(super) fn set_named(&mut self, name: &str, on: bool) -> bool {
        let found = self.lines.iter().find(|(_, about)| about.name == name);
        found.inspect(|(switch, _)| self.set(*switch, on)).is_some()
    }

    /// Every switch, and where it stands.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static About, bool)> {
        self.lines.iter().map(|(_, about)| about).zip(self.on)
    }
}
