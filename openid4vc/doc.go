// Package openid4vc is what travels between those who ask for credentials and those
// who show them: the messages of OpenID for Verifiable Presentations 1.0. It opens no
// connection, keeps nothing and holds no key longer than a call; wallets and verifiers
// carry its messages.
//
// # A request, an answer
//
// A verifier asks with an authorization request (section 5). It travels as a link, in
// a QR code perhaps, that holds the request itself,
//
//	openid4vp://?client_id=redirect_uri%3Ahttps%3A%2F%2Fcafe.example%2Fa%2F1&nonce=…&dcql_query=…
//
// or leads to a request object, a signed token that has it:
//
//	openid4vp://?client_id=decentralized_identifier%3Adid%3Aweb%3Acafe.example&request_uri=…
//
// The client_id says who asks, and by its prefix what proves that. Behind redirect_uri
// stands nothing but the address that the answer goes to: nobody signed, so a wallet
// knows the address and no more. Behind decentralized_identifier stands a DID, whose
// key signed; behind x509_san_dns and x509_hash a certificate's name or hash. What was
// proven is in Request.Requester; all else in a request is the requester's word.
//
// The wallet posts presentations to the response_uri, as a form, or encrypted within a
// form (section 8). Each is bound to the request by its nonce and to the verifier by
// the whole client_id with its prefix (Binding), so that it is of no use to anybody
// else.
//
// # What is asked for
//
// The question is in DCQL, the Digital Credentials Query Language (section 6), which
// has a package of its own, dcql. It is evaluated twice, with the same rules: Choose
// tells a wallet which of its credentials answer, with exactly which claims, or what is
// missing; Check tells the verifier whether what came is what it asked for.
//
// # A wallet
//
//	request, err := openid4vc.ParseURI(link, opt) // from a QR code
//	if request.RequestURI != "" {                 // fetch it: get, or post a Fetch
//		opt.ClientID = request.ClientID
//		request, err = openid4vc.OpenRequestObject(ctx, object, opt)
//	}
//	choice, err := request.Query.Choose(have)     // show request.Requester, Purpose, choice; ask
//	picked := choice.Preferred()                  // present each with request.Binding()
//	form, err := request.Answer(presentations)    // post it to request.ResponseURI
//
// What is wrong with a request has a name: Code gives it for reports, ErrorCode in the
// words of the protocol, for Request.Refusal.
//
// # A verifier
//
//	key, err := openid4vc.NewResponseKey()
//	request := &openid4vc.Request{
//		ClientID: "decentralized_identifier:did:web:cafe.example", Query: query, Nonce: nonce, State: state,
//		ResponseMode: openid4vc.DirectPostJWT, ResponseURI: "https://cafe.example/a/1", Metadata: key.Metadata(),
//	}
//	object, err := openid4vc.SignRequestObject(request, openid4vc.SignOptions{Key: signer, Method: "did:web:cafe.example#key-1"})
//	…
//	response, err := openid4vc.ParseResponse(posted, openid4vc.Expected{Mode: request.ResponseMode, State: state, Key: key})
//	for id, presentations := range response.Presentations {
//		// verify each, with the nonce and the client_id; make dcql.Candidates of what was verified
//	}
//	err = query.Check(candidates)
//
// # What is left out
//
// The response types code and id_token, response modes that answer into a link or to a
// browser's API, scopes, transaction data, pre-registered clients, federations and
// verifier attestations. Each is refused by name, and so are the drafts: a request with
// a presentation_definition is told to use dcql_query. Credentials in ISO mdoc can be
// asked for beside others, and are never there.
//
// Section numbers are those of OpenID4VP 1.0 Final.
package openid4vc
