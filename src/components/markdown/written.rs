//! The view of a text: one type whatever is in it.
//!
//! A view of Leptos for each kind of element would be a copy, each, of all that builds, hydrates and
//! compares it: they were 6 KB of the first download. So the browser makes the elements in one
//! function, and makes them anew when the text has changed, and only then. To take over what the
//! server has drawn it need not even look at it: it is drawn from the same text. The server draws the
//! elements as views of Leptos, which escape what is in them.

use leptos::prelude::*;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::tachys::html::attribute::custom::custom_attribute;
use leptos::tachys::html::element::custom;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::types::{Element, Node as DomNode};
use leptos::tachys::renderer::{CastFrom, Rndr};
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::{Mountable, Position, PositionState};

use super::{Node, marks};
use crate::protocol::FileInfo;

/// What somebody wrote, and the files with it, as elements.
pub struct Written(pub String, pub Vec<FileInfo>);

/// The element that it is drawn in, and what is drawn there.
pub struct Drawn {
    element: Element,
    text: String,
    files: Vec<FileInfo>,
    /// What knows the marks was not there.
    is_plain: bool,
}

impl Render for Written {
    type State = Drawn;

    fn build(self) -> Drawn {
        Drawn {
            element: build(&node(&self.0, &self.1)),
            text: self.0,
            files: self.1,
            is_plain: marks().is_none(),
        }
    }

    fn rebuild(self, drawn: &mut Drawn) {
        let has_come = drawn.is_plain && marks().is_some();
        if has_come || drawn.text != self.0 || drawn.files != self.1 {
            let mut new = self.build();
            drawn.element.insert_before_this(&mut new);
            drawn.unmount();
            *drawn = new;
        }
    }
}

/// A text as it is drawn: as it was typed, if nothing better is there.
fn node(text: &str, files: &[FileInfo]) -> Node {
    match marks() {
        Some(marks) => (marks.draw)(text, files),
        None => Node::plain(text),
    }
}

fn build(node: &Node) -> Element {
    let (tag, attributes, content) = match node {
        Node::Element {
            tag,
            attributes,
            content,
        } => (*tag, attributes.as_slice(), content.as_slice()),
        // Text by itself has something around it.
        Node::Text(_) => ("span", [].as_slice(), std::slice::from_ref(node)),
    };
    let element = Rndr::create_element(tag, None);
    for (name, value) in attributes {
        Rndr::set_attribute(&element, name, value);
    }
    for node in content {
        match node {
            Node::Text(text) => {
                Rndr::insert_node(&element, &Rndr::create_text_node(text), None);
            }
            Node::Element { .. } => Rndr::insert_node(&element, &build(node), None),
        }
    }
    element
}

/// A node as a view; on the server only.
fn view(node: Node) -> AnyView {
    match node {
        Node::Text(text) => text.into_any(),
        Node::Element {
            tag,
            attributes,
            content,
        } => {
            let attributes = attributes.into_iter();
            let attributes: Vec<AnyAttribute> = attributes
                .map(|(name, value)| custom_attribute(name, value.into_owned()).into_any_attr())
                .collect();
            let content: Vec<AnyView> = content.into_iter().map(view).collect();
            match tag {
                // These have no end.
                "input" => leptos::html::input().add_any_attr(attributes).into_any(),
                "img" => leptos::html::img().add_any_attr(attributes).into_any(),
                tag => custom(tag)
                    .child(content)
                    .add_any_attr(attributes)
                    .into_any(),
            }
        }
    }
}

impl RenderHtml for Written {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        let view = view(node(&self.0, &self.1));
        view.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Drawn {
        match position.get() {
            Position::FirstChild => cursor.child(),
            Position::Current => {}
            _ => cursor.sibling(),
        }
        position.set(Position::NextChild);
        match Element::cast_from(cursor.current()) {
            Some(element) => Drawn {
                element,
                text: self.0,
                files: self.1,
                is_plain: false,
            },
            None => self.build(),
        }
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl AddAnyAttr for Written {
    type Output<A: Attribute> = Self;

    fn add_any_attr<A: Attribute>(self, _: A) -> Self {
        self
    }
}

impl Mountable for Drawn {
    fn unmount(&mut self) {
        self.element.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&DomNode>) {
        self.element.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.element.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}
