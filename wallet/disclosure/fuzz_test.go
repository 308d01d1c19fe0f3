package disclosure_test

import (
	"slices"
	"strings"
	"testing"

	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/wallet/disclosure"
)

// FuzzRead: whatever comes in, an error gives nothing, and what is read holds
// together: everything that is said to be shown is, and no base proof leaves.
func FuzzRead(f *testing.F) {
	for _, raw := range forms(f) {
		f.Add(raw, "/credentialSubject/result/1")
		f.Add(raw, "")
	}
	f.Add(testissuer.Derive(f, college.Sign(f, course(f, college)), "/evidence").JSON(), "/evidence")
	f.Add([]byte(`{"proof":{"proofValue":"u2V0A"}}`), "/~1")
	f.Add([]byte(learner.ShowSD(f, string(forms(f)["vc+sd-jwt"]), "n", "a", "/name")), "/name")
	envelope, err := proof.Envelop(string(forms(f)["vc+jwt"]))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(envelope.JSON(), "")
	f.Fuzz(func(t *testing.T, raw []byte, pointer string) {
		c, err := disclosure.Read(raw, testissuer.Suites())
		if err != nil {
			if c != nil {
				t.Fatal("an error and a credential")
			}
			return
		}
		least, err := c.Choose(nil)
		if err != nil {
			if least != nil {
				t.Fatal("an error and a disclosure")
			}
			return
		}
		d, err := c.Choose([]string{pointer})
		if err != nil {
			if d != nil || !least.Partial && c.Has(pointer) && strings.Contains(err.Error(), "says nothing") {
				t.Fatalf("%v, and %+v", err, d)
			}
			return
		}
		shown, of := d.Count()
		if before, all := least.Count(); before > shown || all != of {
			t.Fatalf("choosing %q shows %d of %d, and not choosing %d of %d", pointer, shown, of, before, all)
		}
		for _, proofValue := range []string{`"u2V0A`, `"u2V0C`} {
			if strings.Contains(string(d.Document.JSON()), `"proofValue":`+proofValue) {
				t.Fatal("a base proof leaves")
			}
		}
		for _, claim := range d.Claims {
			if claim.Fixed != "" && !claim.Shown {
				t.Fatalf("%s is always shown, and is not", claim.Pointer)
			}
		}
		if again, err := c.Choose(d.Toggle(pointer)); err != nil {
			t.Fatalf("after %q was toggled: %v", pointer, err)
		} else if slices.Contains(again.Chosen, pointer) && slices.Equal(again.Chosen, d.Chosen) && d.Fields != nil && hasFree(d, pointer) {
			t.Fatalf("toggling %q changes nothing", pointer)
		}
	})
}

// hasFree reports whether there is something to choose at that place.
func hasFree(d *disclosure.Disclosure, pointer string) bool {
	return slices.ContainsFunc(d.Claims, func(c disclosure.Claim) bool {
		return c.Fixed == "" && (c.Pointer == pointer || strings.HasPrefix(c.Pointer, pointer+"/"))
	})
}
