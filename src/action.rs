//! Everything a person can do in the terminal program, as data: one row feeds keys, footer, help, palette and docs.

/// Where an action stands in help and in the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Moving about.
    Move,
    /// Finding memories.
    Find,
    /// Marking several.
    Mark,
    /// Saying what one thinks of a memory.
    Judge,
    /// Changing what is stored.
    Change,
    /// Fields, menus and dialogs.
    Field,
    /// The program itself.
    Program,
}

impl Topic {
    /// The heading in help and docs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Find => "Find",
            Self::Mark => "Mark",
            Self::Judge => "Judge",
            Self::Change => "Change",
            Self::Field => "Fields and dialogs",
            Self::Program => "Program",
        }
    }
}

macro_rules! actions {
    ($($variant:ident $name:literal $label:literal $topic:ident $about:literal;)*) => {
        /// Something a person can do. Its row says how it is named in the keymap, in the footer and in help.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $about] $variant,)*
        }

        impl Action {
            /// All actions, in the order of help.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in `keymap.toml`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One or two words for the footer.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// Where it stands in help.
            pub const fn topic(self) -> Topic {
                match self { $(Self::$variant => Topic::$topic,)* }
            }

            /// A sentence for help, palette and docs.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

actions! {
    Up "up" "up" Move "One line up";
    Down "down" "down" Move "One line down";
    Left "left" "left" Move "One column to the left, or a day back";
    Right "right" "right" Move "One column to the right, or a day on";
    HalfUp "half-up" "half page up" Move "Half a page up";
    HalfDown "half-down" "half page down" Move "Half a page down";
    PageUp "page-up" "page up" Move "A page up";
    PageDown "page-down" "page down" Move "A page down";
    First "first" "top" Move "To the first line";
    Last "last" "bottom" Move "To the last line";
    ScrollUp "scroll-up" "scroll up" Move "Scroll the difference up";
    ScrollDown "scroll-down" "scroll" Move "Scroll the difference down";
    Open "open" "open" Move "Open what is under the cursor; unfold a group";
    Close "close" "back" Move "Go back out, or to the list before; fold a group";
    NextPane "next-pane" "next pane" Move "To the next pane";
    PreviousPane "previous-pane" "previous pane" Move "To the previous pane";
    NextMemory "next-memory" "next" Move "Read the next memory of the list, or the next proposal";
    PreviousMemory "previous-memory" "previous" Move "Read the previous memory of the list, or the previous proposal";
    NextPiece "next-piece" "next piece" Move "To the next piece of the proposal: a field, a memory, a piece of evidence";
    PreviousPiece "previous-piece" "piece before" Move "To the previous piece of the proposal";
    NextCluster "next-cluster" "next cluster" Move "To the next proposals that stand together";
    PreviousCluster "previous-cluster" "cluster before" Move "To the previous proposals that stand together";
    DiffMode "diff-mode" "diff" Move "Show the change in lines, side by side, or as it would be in the end";
    NextNeighbour "next-neighbour" "later" Move "Read the next memory of the same session";
    PreviousNeighbour "previous-neighbour" "earlier" Move "Read the previous memory of the same session";
    NextMatch "next-match" "next match" Move "To the next place in the memory of what is looked for";
    PreviousMatch "previous-match" "previous match" Move "To the previous place in the memory of what is looked for";
    WhoSays "who-says" "who says" Find "Which memories of all stores say a sentence, who brought it, and correcting all of them";
    Filter "filter" "filter" Find "Filter the list";
    Find "find" "find" Find "Look for a text in this memory; the filter stays as it is";
    Similar "similar" "similar" Find "The memories most like this one";
    ClearFilter "clear-filter" "no filter" Find "Show everything again";
    Scopes "scopes" "scopes" Find "Choose a scope";
    GoToScope "go-to-scope" "go to scope" Find "Go to a scope by a few letters of its name";
    Views "views" "views" Find "Choose a saved view, or rename, move and delete views";
    NextView "next-view" "next view" Find "The next saved view that holds anything";
    PreviousView "previous-view" "previous view" Find "The previous saved view that holds anything";
    SaveView "save-view" "save view" Find "Save the present filter and order as a view";
    Sort "sort" "sort" Find "Choose what the list is sorted by";
    Reverse "reverse" "reverse" Find "Turn the order round";
    Group "group" "group" Find "Put memories of the same scope together, or not";
    Preview "preview" "preview" Find "Show the memory below the list, beside it, or not at all";
    MoreRoom "more-room" "more room" Find "Give this pane more room";
    LessRoom "less-room" "less room" Find "Give this pane less room";
    Refresh "refresh" "refresh" Find "Read everything again; reopen a store that was replaced";
    Mark "mark" "mark" Mark "Mark or unmark, and go on to the next";
    Range "range" "range" Mark "Begin a range for the next action; again: mark all in it";
    MarkAll "mark-all" "mark all" Mark "Mark everything the filter matches";
    Escape "escape" "clear" Mark "Leave a range, a memory or the marks; stop what is running";
    Why "why" "why" Judge "Why it has this confidence, term by term";
    Pin "pin" "pin" Judge "Pin or unpin: a pinned memory is spared when many are pruned";
    Confidence "confidence" "confidence" Judge "Set the confidence yourself, or clear it";
    StaleAfter "stale-after" "stale after" Judge "Set the day from which it is stale, or clear it";
    Versions "versions" "versions" Judge "The versions of this memory and what brought each; of a text that is looked for: who brought it";
    Bucket "bucket" "bucket" Judge "Move it to another bucket";
    Keep "keep" "keep" Judge "It is right: it comes back after an interval that grows";
    KeepAll "keep-all" "keep all" Judge "Keep what is left of the memories that stand together";
    Wrong "wrong" "wrong" Judge "It is false: prune it with that reason";
    Skip "skip" "skip" Judge "Not now: it stays due";
    Repeat "repeat" "repeat" Judge "Give the last verdict once more";
    Approve "approve" "approve" Judge "Carry out what is proposed, or take the piece under the cursor";
    ApproveAll "approve-all" "approve all" Judge "Approve what is left of the proposals that stand together";
    Reject "reject" "reject" Judge "Say no to what is proposed, or leave the piece under the cursor out";
    RejectBecause "reject-because" "reject, why" Judge "Say no, with a reason";
    RejectAll "reject-all" "reject all" Judge "Reject what is left of the proposals that stand together";
    Snooze "snooze" "snooze" Judge "Ask again tomorrow, or later";
    Seen "seen" "seen" Judge "What a policy applied is right: it leaves the list";
    SeenAll "seen-all" "all seen" Judge "All that policies applied is right";
    CopyId "copy-id" "copy id" Judge "Copy the id";
    CopyText "copy-text" "copy text" Judge "Copy the whole text";
    CopyCommand "copy-command" "copy command" Judge "Copy the shell command that prints it";
    Reveal "reveal-secrets" "reveal" Judge "Show the secrets of this memory, or mask them again";
    Prune "prune" "prune" Change "Prune the memory, the range or all marked ones; undo brings them back";
    PruneAll "prune-all" "prune all" Change "Prune what is left of the memories that stand together; pinned ones stay";
    Erase "erase" "erase" Change "Take the memory, the range or all marked ones out of everything memtui reaches, for good; first a preview";
    Edit "edit" "edit" Change "Edit the fields here";
    Editor "editor" "$EDITOR" Change "Edit the fields in $EDITOR";
    Undo "undo" "undo" Change "Take back the latest operation";
    Redo "redo" "redo" Change "Do again what was undone last";
    UndoOperation "undo-operation" "undo this" Change "Take back the operation under the cursor";
    RollBack "roll-back" "roll back" Change "Roll back a version, an operation, a session, an agent, a scope; first a preview";
    Bury "bury" "bury" Change "Leave a tombstone, so that what is pruned does not come back, or leave none";
    Propose "propose" "propose" Change "Let it wait in the queue instead of doing it now";
    Derived "derived" "derived" Change "Take along what was derived from it, or not";
    Overrule "overrule" "overrule" Change "Roll back also what has changed since, or leave it alone";
    Accept "accept" "ok" Field "Take it";
    Cancel "cancel" "cancel" Field "Leave without changing anything";
    Complete "complete" "complete" Field "Complete the word, or the next suggestion";
    Newer "newer" "next" Field "Next suggestion, or the newer entry of the history";
    Older "older" "previous" Field "Previous suggestion, or the older entry of the history";
    NextField "next-field" "next" Field "To the next field or button";
    PreviousField "previous-field" "previous" Field "To the previous field or button";
    Press "press" "choose" Field "Press the button, or edit the field";
    SeeDifference "see-difference" "difference" Field "Look at the difference before it is saved";
    Rename "rename" "rename" Field "Give the view another name";
    Delete "delete" "remove" Field "Delete the view; the memories stay";
    PutBack "put-back" "put back" Field "Put back the view that was deleted last";
    MoveUp "move-up" "move up" Field "Move the view towards the beginning";
    MoveDown "move-down" "move down" Field "Move the view towards the end";
    LeaveField "leave-field" "leave field" Field "Leave the field, keeping what was typed";
    Memories "memories" "memories" Program "The list of memories";
    Queue "queue" "queue" Program "What agents and dreams propose and waits for a verdict";
    Audit "audit" "applied" Program "What policies applied and what others changed that you have not seen, or back to what waits";
    Review "review" "review" Program "Sit down and judge what is due, one memory after the other";
    BeginAnew "begin-anew" "new sitting" Program "Make the list of a new sitting";
    History "history" "history" Program "What was done, and taking it back";
    Insights "insights" "insights" Program "What there is and what is wrong with it, in pictures";
    Help "help" "help" Program "The keys of this screen";
    Palette "palette" "commands" Program "All commands by name";
    Lock "lock" "lock" Program "Lock this pane: no key does anything until it is unlocked";
    Unlock "unlock" "unlock" Program "Unlock this pane";
    Demo "demo" "demo" Program "Look around in a throwaway copy of sample memories";
    Quit "quit" "quit" Program "Back, or quit";
    Suspend "suspend" "suspend" Program "Put the program in the background";
    Repaint "repaint" "repaint" Program "Draw the whole screen again";
}

impl Action {
    /// The action of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// Whether it changes what is stored or what a person said, or opens the way to that. A key that repeats by itself, or
    /// that comes in the first moments after focus returned, never runs these.
    pub const fn is_verdict(self) -> bool {
        matches!(
            self,
            Self::Prune
                | Self::PruneAll
                | Self::Erase
                | Self::Pin
                | Self::Keep
                | Self::KeepAll
                | Self::Wrong
                | Self::Approve
                | Self::ApproveAll
                | Self::Reject
                | Self::RejectBecause
                | Self::RejectAll
                | Self::Snooze
                | Self::Seen
                | Self::SeenAll
                | Self::Skip
                | Self::Repeat
                | Self::Undo
                | Self::Redo
                | Self::UndoOperation
                | Self::Press
                | Self::Unlock
                | Self::Delete
        )
    }
}
