package openid4vc_test

import (
	"context"
	"fmt"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
)

// A café asks for a badge in Spanish, by a link that holds the whole request, and a
// wallet finds out what it has.
func Example() {
	query, err := dcql.Question{ID: "lang", Tags: []string{"spanish"}, Formats: []dcql.Format{dcql.LDP}}.Query()
	if err != nil {
		panic(err)
	}
	asked := &openid4vc.Request{
		ClientID: "redirect_uri:https://cafe.example/answers/1", ResponseMode: openid4vc.DirectPost,
		ResponseURI: "https://cafe.example/answers/1", Nonce: "n-0S6_WzA2Mj", State: "af0ifjsldkj", Query: query,
	}

	// The wallet, which has read the link from a QR code.
	request, err := openid4vc.ParseURI(asked.URI(), openid4vc.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Println("asked by", request.Requester.ID, "proven:", request.Requester.Proven)
	badge := testissuer.Set(testissuer.New("School").Badge(testissuer.New("Ada")),
		"credentialSubject/achievement/tag", strictjson.Strings("language", "spanish"))
	have := dcql.FromDocument(dcql.LDP, badge, jsonld.Embedded())
	have.Bound = true
	choice, err := request.Query.Choose([]dcql.Candidate{have})
	if err != nil {
		panic(err)
	}
	for _, claim := range choice.Preferred()["lang"][0].Claims {
		fmt.Println("to be shown:", claim)
	}
	form, err := request.Answer(map[string][]strictjson.Value{"lang": {badge}}) // a presentation of it, signed for request.Binding()
	if err != nil {
		panic(err)
	}

	// The café, which verifies the presentation and then looks again.
	response, err := openid4vc.ParseResponse(form, openid4vc.Expected{State: asked.State})
	if err != nil {
		panic(err)
	}
	fmt.Println("presentations:", len(response.Presentations["lang"]))
	fmt.Println("what was asked for:", query.Check(map[string][]dcql.Candidate{"lang": {have}}) == nil)
	// Output:
	// asked by https://cafe.example/answers/1 proven: false
	// to be shown: /credentialSubject/achievement/tag/1
	// presentations: 1
	// what was asked for: true
}

// A request object proves who asks: the DID of its client_id signed it.
func ExampleOpenRequestObject() {
	cafe := testissuer.New("Café Nord")
	now := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	query, err := dcql.Question{Achievements: []string{"https://school.example/b2"}}.Query()
	if err != nil {
		panic(err)
	}
	request := &openid4vc.Request{
		ClientID: "decentralized_identifier:" + cafe.ID, ResponseMode: openid4vc.DirectPost,
		ResponseURI: "https://cafe.example/answers/1", Nonce: "n-0S6_WzA2Mj", State: "af0ifjsldkj", Query: query,
		Info:   []openid4vc.Info{openid4vc.Purpose{Name: "Café Nord", Text: "To see that you speak Spanish.", RetentionDays: 30}.Info()},
		Issued: now, Expires: now.Add(5 * time.Minute),
	}
	object, err := openid4vc.SignRequestObject(request, openid4vc.SignOptions{Key: cafe.Key, Method: cafe.Method})
	if err != nil {
		panic(err)
	}

	opt := openid4vc.Options{Keys: testissuer.Keys(), Now: now, ClientID: request.ClientID}
	got, err := openid4vc.OpenRequestObject(context.Background(), []byte(object), opt)
	if err != nil {
		panic(err)
	}
	purpose, _ := got.Purpose()
	fmt.Println(got.Requester.Proven, purpose.Text, purpose.RetentionDays)

	opt.Now = now.Add(time.Hour)
	_, err = openid4vc.OpenRequestObject(context.Background(), []byte(object), opt)
	fmt.Println(openid4vc.Code(err))
	// Output:
	// true To see that you speak Spanish. 30
	// REQUEST_EXPIRED
}
