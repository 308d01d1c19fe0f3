package verifier

import (
	"os"
	"testing"

	"laurel/credential/baking"
)

// picture is a published PNG or SVG, with another badge baked in.
func picture(t *testing.T, name string, badge []byte) []byte {
	t.Helper()
	image, err := os.ReadFile("../testdata/badges/baked/" + name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := baking.Write(image, badge, baking.Options{Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBakedBadges(t *testing.T) {
	badge := school.Sign(t, school.Badge(learner)).JSON()
	for _, name := range []string{"simple-json.png", "simple-jwt.svg", "ob2/simple-badge.png"} {
		image := picture(t, name, badge)
		r := verify(t, trusting(), image, Expectation{})
		if r.Verdict != Accepted {
			t.Errorf("%s: %s", name, codes(r))
		}
		if e := r.Check(RowFormat).Evidence; len(e) == 0 || e[0].What != "picture" {
			t.Errorf("%s: nothing says that it was a picture: %v", name, e)
		}
		if plain := verify(t, trusting(), badge, Expectation{}); plain.SHA256 == r.SHA256 {
			t.Error("the digest is not that of the file")
		}
	}
}

func TestAPictureWithoutABadgeIsCalledOne(t *testing.T) {
	for _, image := range []string{"\x89PNG\r\n\x1a\n", "<svg></svg>"} {
		r := verify(t, trusting(), []byte(image), Expectation{})
		if c := r.Check(RowFormat); c.Code != MalformedJSON || c.Text != "The file cannot be read as a digital credential: the picture holds no sound badge." {
			t.Errorf("%q: %+v", image, c)
		}
	}
}

func attackInPictures(t *testing.T, n census) {
	badge := school.Sign(t, school.Badge(learner)).JSON()
	png := picture(t, "simple-json.png", badge)
	forged := school.Sign(t, school.Badge(learner)).With("name", school.Badge(learner).Get("id")).JSON()
	const ob = `<svg xmlns:ob="https://purl.imsglobal.org/ob/v3p0">`
	flipped := append([]byte(nil), png...)
	flipped[len(flipped)-200] ^= 1
	n.run(t, employer, asked, []attack{
		{"cut off", png[:len(png)-7], MalformedJSON},
		{"a letter changed in the file", flipped, MalformedJSON},
		{"more behind the end", append(append([]byte(nil), png...), badge...), MalformedJSON},
		{"a forged badge in a fine picture", picture(t, "simple-json.png", forged), SignatureInvalid},
		{"nothing inside", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), MalformedJSON},
		{"two badges", []byte(ob + `<ob:credential>{}</ob:credential><ob:credential>{}</ob:credential></svg>`), MalformedJSON},
		{"entities", []byte(`<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + ob + `<ob:credential>&x;</ob:credential></svg>`), MalformedJSON},
		{"no JSON inside", []byte(ob + `<ob:credential>a badge</ob:credential></svg>`), MalformedJSON},
		{"a name twice", []byte(ob + `<ob:credential>{"id":1,"id":2}</ob:credential></svg>`), DuplicateKey},
	})
}
