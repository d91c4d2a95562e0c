//! How blocking calls reach other languages: Rust calls them as they are, Swift, Kotlin and Python get an `async` or
//! `suspend` function of the same name. It does its work on a thread of its own.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::{
    Attribute, Error, FnArg, Ident, ImplItem, Item, ItemFn, ItemImpl, Result, Signature, parse_macro_input,
    parse_quote,
};

/// Marks an `impl` block or a function whose calls may block.
///
/// All public functions in it are exported under their names as asynchronous ones; they must return `Result<T>`. One
/// without `self` becomes a constructor. `#[foreign(default(argument = None))]` on a function is passed on to UniFFI.
/// Cancelling such a call does not cancel the work. With `#[blocking(before_shutdown)]`, the engine's shutdown waits for
/// the calls of the block.
#[proc_macro_attribute]
pub fn blocking(options: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as Item);
    let before_shutdown = match parse_macro_input!(options as Option<Ident>) {
        Some(option) if option != "before_shutdown" => {
            return Error::new_spanned(option, "expected `before_shutdown`").into_compile_error().into();
        }
        option => option.is_some(),
    };
    let exported = match item {
        Item::Impl(item) => of_impl(item, before_shutdown),
        Item::Fn(item) => of_function(item),
        other => Err(Error::new_spanned(other, "only an impl block or a function may block")),
    };
    exported.unwrap_or_else(Error::into_compile_error).into()
}

fn of_impl(mut item: ItemImpl, before_shutdown: bool) -> Result<Tokens> {
    let mut exported = Vec::new();
    for function in &mut item.items {
        let ImplItem::Fn(function) = function else { continue };
        let of_self = function.sig.receiver().is_some();
        let (attribute, receiver, path) = if of_self {
            (quote!(uniffi::method), quote!(self: ::std::sync::Arc<Self>,), quote!(self.))
        } else {
            (quote!(uniffi::constructor), quote!(), quote!(Self::))
        };
        let twin = Twin { attribute, receiver, path, before_shutdown };
        exported.push(twin.of(&mut function.attrs, &function.sig)?);
        if before_shutdown {
            function.block.stmts.insert(0, parse_quote!(let _begun = self.engine.begin();));
        }
    }
    let of = &item.self_ty;
    Ok(quote! {
        #item

        #[uniffi::export]
        impl #of {
            #(#exported)*
        }
    })
}

fn of_function(mut function: ItemFn) -> Result<Tokens> {
    let twin = Twin { attribute: quote!(uniffi::export), ..Twin::default() };
    let exported = twin.of(&mut function.attrs, &function.sig)?;
    Ok(quote! {
        #function

        #exported
    })
}

/// The asynchronous twin of a call.
#[derive(Default)]
struct Twin {
    /// What exports it.
    attribute: Tokens,
    /// Its first parameter.
    receiver: Tokens,
    /// Where the call is found.
    path: Tokens,
    before_shutdown: bool,
}

impl Twin {
    /// It takes the call's own parameters. The call's own attributes lose what is meant for other languages, and say that
    /// it blocks.
    fn of(&self, attributes: &mut Vec<Attribute>, signature: &Signature) -> Result<Tokens> {
        let options = take_options(attributes)?;
        let docs: Vec<Attribute> = attributes.iter().filter(|a| a.path().is_ident("doc")).cloned().collect();
        attributes.push(parse_quote!(#[doc = "\n\nBlocks: call it off the main thread."]));
        let typed = signature.inputs.iter().filter_map(|parameter| match parameter {
            FnArg::Typed(typed) => Some(typed),
            FnArg::Receiver(_) => None,
        });
        let (parameters, arguments): (Vec<_>, Vec<_>) = typed.map(|typed| (typed, &typed.pat)).unzip();
        let (name, returned) = (&signature.ident, &signature.output);
        // The plain name is taken in Rust.
        let (own, spelt) = (format_ident!("{name}_off_thread"), name.to_string());
        let Self { attribute, receiver, path, before_shutdown } = self;
        let begun = before_shutdown.then(|| quote!(let begun = self.engine.begin_elsewhere();));
        let held = before_shutdown.then(|| quote!(let _begun = begun;));
        Ok(quote! {
            #(#docs)*
            #[#attribute(name = #spelt, #options)]
            async fn #own(#receiver #(#parameters),*) #returned {
                #begun
                crate::api::off_thread::off_thread(move || {
                    #held
                    #path #name(#(#arguments),*)
                })
                .await
            }
        })
    }
}

/// What `#[foreign(…)]` says, taken out.
fn take_options(attributes: &mut Vec<Attribute>) -> Result<Tokens> {
    let Some(at) = attributes.iter().position(|a| a.path().is_ident("foreign")) else {
        return Ok(Tokens::new());
    };
    attributes.remove(at).parse_args()
}
