//! What an SVG would cost, before it is paid: a small file can ask for a lot.

use std::collections::HashMap;

use resvg::usvg::roxmltree::{Document, Node as Element, NodeId};
use resvg::usvg::{Group, ImageKind, Node, Tree};

use super::clean::{DEEPEST, MOST_ELEMENTS, TOO_DEEP, TOO_MANY};

/// The most bytes of layers that exist at the same time: groups with an opacity, clips and the like.
const MOST_AT_ONCE: f64 = 256.0 * 1_048_576.0;
/// The most bytes of all layers.
const MOST_IN_ALL: f64 = 1024.0 * 1_048_576.0;
/// A layer may be larger than the canvas by this.
const LARGEST_LAYER: f64 = 25.0;

const TOO_COSTLY: &str = "it would take too much memory to draw";

/// Refuses a document that has too many elements, or too deeply nested ones, once each `use` is replaced
/// by what it refers to.
pub(super) fn check_document(document: &Document<'_>) -> Result<(), &'static str> {
    let with_id = document
        .descendants()
        .filter_map(|node| Some((node.attribute("id")?, node)));
    // The first of several counts.
    let mut ids = HashMap::new();
    for (id, node) in with_id {
        ids.entry(id).or_insert(node);
    }
    let mut expansion = Expansion {
        ids,
        known: HashMap::new(),
    };
    let (count, depth) = expansion.size(document.root_element(), 0)?;
    if count > MOST_ELEMENTS {
        return Err(TOO_MANY);
    }
    if depth > 2 * DEEPEST {
        return Err(TOO_DEEP);
    }
    Ok(())
}

struct Expansion<'a, 'input> {
    ids: HashMap<&'a str, Element<'a, 'input>>,
    /// The sizes of elements; none while one is counted.
    known: HashMap<NodeId, Option<(usize, usize)>>,
}

impl<'a, 'input> Expansion<'a, 'input> {
    /// How many elements an element stands for, and how deeply they are nested.
    fn size(
        &mut self,
        node: Element<'a, 'input>,
        level: usize,
    ) -> Result<(usize, usize), &'static str> {
        match self.known.get(&node.id()) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err("a part of it contains itself"),
            None if level > 2 * DEEPEST => return Err(TOO_DEEP),
            None => {}
        }
        self.known.insert(node.id(), None);
        let target = node.attribute("href").filter(|_| node.has_tag_name("use"));
        let target = target.and_then(|href| self.ids.get(href.trim().strip_prefix('#')?).copied());
        let (mut count, mut depth) = (1_usize, 0);
        for inner in node.children().filter(Element::is_element).chain(target) {
            let (inner_count, inner_depth) = self.size(inner, level + 1)?;
            count = count.saturating_add(inner_count);
            depth = depth.max(inner_depth);
        }
        let size = (count, depth + 1);
        self.known.insert(node.id(), Some(size));
        Ok(size)
    }
}

/// Refuses what is left of filters, patterns and masks, and counts the segments of all paths. A picture
/// counts as many.
pub(super) fn check_tree(tree: &Tree) -> Result<usize, &'static str> {
    let is_plain =
        tree.filters().is_empty() && tree.patterns().is_empty() && tree.masks().is_empty();
    if !is_plain {
        return Err("it uses a filter");
    }
    Ok(segments(tree.root()))
}

fn segments(group: &Group) -> usize {
    let nodes = group.children().iter().map(|node| match node {
        Node::Group(group) => segments(group),
        Node::Path(path) => path.data().len(),
        Node::Image(_) => 1000,
        Node::Text(_) => 0,
    });
    nodes.sum()
}

/// Refuses a tree whose layers would take too much memory on a canvas of this size.
pub(super) fn check_layers(
    tree: &Tree,
    scale: f32,
    width: u32,
    height: u32,
) -> Result<(), &'static str> {
    let canvas = 4.0 * f64::from(width) * f64::from(height);
    let mut layers = Layers {
        canvas,
        scale: f64::from(scale),
        all: 0.0,
        visits: 0,
    };
    if layers.of(tree.root(), canvas)? {
        return Err(TOO_COSTLY);
    }
    Ok(())
}

struct Layers {
    /// The bytes of the canvas.
    canvas: f64,
    scale: f64,
    all: f64,
    visits: usize,
}

impl Layers {
    /// Whether the layers of a group take too much, `open` bytes of others being in use.
    fn of(&mut self, group: &Group, open: f64) -> Result<bool, &'static str> {
        self.visits += 1;
        if self.visits > 4 * MOST_ELEMENTS {
            return Err(TOO_MANY);
        }
        let mut open = open;
        if group.should_isolate() {
            let bounds = group.abs_layer_bounding_box();
            let sides = f64::from(bounds.width()) * f64::from(bounds.height());
            let layer = (4.0 * sides * self.scale * self.scale).min(LARGEST_LAYER * self.canvas);
            // A clip has one of the same size.
            let mut clip = group.clip_path();
            let mut copies = 1.0;
            while let Some(path) = clip {
                copies += 1.0;
                if self.of(path.root(), open + copies * layer)? {
                    return Ok(true);
                }
                clip = path.clip_path();
            }
            open += copies * layer;
            self.all += copies * layer;
        }
        if open > MOST_AT_ONCE || self.all > MOST_IN_ALL {
            return Ok(true);
        }
        for node in group.children() {
            let too_much = match node {
                Node::Group(inner) => self.of(inner, open)?,
                Node::Image(image) => match image.kind() {
                    ImageKind::SVG(tree) => self.of(tree.root(), open + self.canvas)?,
                    _ => false,
                },
                Node::Path(_) | Node::Text(_) => false,
            };
            if too_much {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
