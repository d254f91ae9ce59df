//! Files that are part of the program: stylesheet, script, icon. Their addresses hold the
//! hash of their bytes, so browsers may keep them for ever.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use bytes::Bytes;
use wellspring_document::BytesHash;

use crate::config::CommunityConfig;

/// A file that never changes under its address.
#[derive(Debug, Clone)]
pub(super) struct Asset {
    pub(super) path: String,
    content_type: &'static str,
    body: Bytes,
}

/// The files that every page uses.
#[derive(Debug)]
pub(super) struct Assets {
    pub(super) style: Asset,
    pub(super) script: Asset,
    pub(super) icon: Asset,
}

pub(super) static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: Asset::new("style.css", CSS, include_str!("../../assets/style.css").into()),
    script: Asset::new(
        "page.js",
        "text/javascript; charset=utf-8",
        include_str!("../../assets/page.js").into(),
    ),
    icon: Asset::new("icon.svg", "image/svg+xml", include_str!("../../assets/icon.svg").into()),
});

const CSS: &str = "text/css; charset=utf-8";

impl Asset {
    fn new(name: &str, content_type: &'static str, body: Bytes) -> Self {
        let hash = BytesHash::of(&body).to_string();
        // 64 bits tell the versions of one file apart.
        let path = format!("/assets/{}/{name}", hash.get(..16).unwrap_or(&hash));
        Self { path, content_type, body }
    }

    /// The stylesheet with a community's colours, which pages may not carry themselves: the
    /// content security policy allows no inline style.
    pub(super) fn community_style(community: &CommunityConfig) -> Self {
        let (light, dark) = (community.accent.light, community.accent.dark);
        let css = format!(
            ":root {{ --accent: {light}; }}\n\
             @media screen and (prefers-color-scheme: dark) {{ :root {{ --accent: {dark}; }} }}\n"
        );
        Self::new(&format!("community-{}.css", community.id), CSS, css.into())
    }

    pub(super) const fn content_type(&self) -> HeaderValue {
        HeaderValue::from_static(self.content_type)
    }

    pub(super) fn body(&self) -> Bytes {
        self.body.clone()
    }

    pub(super) fn response(&self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.content_type());
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        );
        response
    }
}
