//! How blocking calls reach other languages: Rust calls them as they are, Swift, Kotlin and Python get an `async` or
//! `suspend` function of the same name. It does its work on a thread of its own.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::{
    Attribute, Error, FnArg, ImplItem, Item, ItemFn, ItemImpl, Pat, Result, Signature, parse_macro_input,
};

/// Marks an `impl` block or a function whose calls may block.
///
/// All public functions in it are exported under their names as asynchronous ones; they must return `Result<T>`. One
/// without `self` becomes a constructor. `#[foreign(default(argument = None))]` on a function is passed on to UniFFI.
/// Cancelling such a call does not cancel the work.
#[proc_macro_attribute]
pub fn blocking(_: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as Item);
    let exported = match item {
        Item::Impl(item) => of_impl(item),
        Item::Fn(item) => of_function(item),
        other => Err(Error::new_spanned(other, "only an impl block or a function may block")),
    };
    exported.unwrap_or_else(Error::into_compile_error).into()
}

fn of_impl(mut item: ItemImpl) -> Result<Tokens> {
    let mut exported = Vec::new();
    for function in &mut item.items {
        let ImplItem::Fn(function) = function else { continue };
        let options = take_options(&mut function.attrs)?;
        let call = Call::of(&function.sig, &function.attrs)?;
        let (name, own, ret, docs) = (&call.name, call.own_name(), &function.sig.output, &call.docs);
        let (parameters, arguments) = (&call.parameters, &call.arguments);
        let spelt = name.to_string();
        exported.push(if call.on_self {
            quote! {
                #(#docs)*
                #[uniffi::method(name = #spelt, #options)]
                async fn #own(self: ::std::sync::Arc<Self>, #(#parameters),*) #ret {
                    crate::api::off_thread::off_thread(move || self.#name(#(#arguments),*)).await
                }
            }
        } else {
            quote! {
                #(#docs)*
                #[uniffi::constructor(name = #spelt, #options)]
                async fn #own(#(#parameters),*) #ret {
                    crate::api::off_thread::off_thread(move || Self::#name(#(#arguments),*)).await
                }
            }
        });
        function.attrs.push(syn::parse_quote!(#[doc = "\n\nBlocks: call it off the main thread."]));
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
    let options = take_options(&mut function.attrs)?;
    let call = Call::of(&function.sig, &function.attrs)?;
    let (name, own, ret, docs) = (&call.name, call.own_name(), &function.sig.output, &call.docs);
    let (parameters, arguments, spelt) = (&call.parameters, &call.arguments, name.to_string());
    function.attrs.push(syn::parse_quote!(#[doc = "\n\nBlocks: call it off the main thread."]));
    Ok(quote! {
        #function

        #(#docs)*
        #[uniffi::export(name = #spelt, #options)]
        async fn #own(#(#parameters),*) #ret {
            crate::api::off_thread::off_thread(move || #name(#(#arguments),*)).await
        }
    })
}

/// What `#[foreign(…)]` says, taken out.
fn take_options(attributes: &mut Vec<Attribute>) -> Result<Tokens> {
    let Some(at) = attributes.iter().position(|a| a.path().is_ident("foreign")) else {
        return Ok(Tokens::new());
    };
    attributes.remove(at).parse_args()
}

/// A call as other languages see it.
struct Call {
    name: syn::Ident,
    on_self: bool,
    parameters: Vec<FnArg>,
    arguments: Vec<Pat>,
    docs: Vec<Attribute>,
}

impl Call {
    fn of(signature: &Signature, attributes: &[Attribute]) -> Result<Self> {
        let mut call = Self {
            name: signature.ident.clone(),
            on_self: false,
            parameters: Vec::new(),
            arguments: Vec::new(),
            docs: attributes.iter().filter(|a| a.path().is_ident("doc")).cloned().collect(),
        };
        for parameter in &signature.inputs {
            match parameter {
                FnArg::Receiver(_) => call.on_self = true,
                FnArg::Typed(typed) => {
                    call.arguments.push((*typed.pat).clone());
                    call.parameters.push(parameter.clone());
                }
            }
        }
        Ok(call)
    }

    /// The name of the asynchronous function in Rust, where the plain one is taken.
    fn own_name(&self) -> syn::Ident {
        format_ident!("{}_off_thread", self.name)
    }
}
