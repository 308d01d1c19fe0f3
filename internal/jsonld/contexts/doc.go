// Package contexts gives names in JSON-LD documents their meaning: the context
// processing of JSON-LD 1.1 (API sections 4.1 and 4.2), over contexts that are
// compiled into the program.
//
// # Which contexts
//
// Who chooses the context chooses the meaning, so contexts lie in this folder and
// are held to their SHA-256; nothing is ever fetched. SOURCE.md says where each
// came from, the index which file is which revision of which URL: publishers have
// changed some in place. An operator can add more:
//
//	set, err := contexts.Embedded().With("https://school.example/v1", text)
//
// # What a name means
//
// An Active context is an immutable table of compiled terms. A document begins
// with the initial one and comes to others by the URLs that it names, by the
// types of its nodes and by the properties that it stands in. Each remembers the
// contexts that came of it, so that the second badge of a kind compiles nothing:
//
//	ctx, err := set.ByURL(set.Initial(), "https://www.w3.org/ns/credentials/v2", contexts.Selection{})
//	if err != nil {
//		return err
//	}
//	fmt.Println(ctx.Term("validFrom").IRI) // https://www.w3.org/2018/credentials#validFrom
//
// Contexts are compiled when a document first comes to them. What the rules of
// JSON-LD forbid is ErrContextInvalid or ErrProtectedTerm, what is left out here
// ErrUnsupported: @base, blank nodes as properties or vocabulary, and everything
// relative to the document's own address.
package contexts
