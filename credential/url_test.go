package credential

import "testing"

func TestIsURL(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{"https://school.example/issuers/1", true},
		{"http://school.example", true},
		{"HTTPS://school.example", true},
		{"https://school.example:8443/a?b=c#d", true},
		{"https://[2001:db8::1]/", true},
		{"https://[2001:db8::1]:8443/", true},
		{"https://user@school.example", true},
		{"https://school.example?q", true},
		{"https://münchen.example/größe", true},
		{"did:web:localhost%3A8080", true},
		{"did:key:z6Mk#z6Mk", true},
		{"urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33", true},
		{"data:application/vc+jwt,e30", true},
		{"mailto:a@school.example", true},
		{"ex:Term", true},

		{"", false},
		{"fake-issuer", false},
		{"z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj", false},
		{"/relative", false},
		{"#fragment", false},
		{"_:b0", false},
		{":x", false},
		{"1a:x", false},
		{"https:", false},
		{"https://", false},
		{"https:///path", false},
		{"https:school.example", false},
		{"https:/school.example", false},
		{"https://:443/", false},
		{"https://school.example:http/", false},
		{"https://user@/", false},
		{"https://?q", false},
		{"https://[2001:db8::1", false},
		{"https://[school]/", false},
		{"https://2001:db8::1]/", false},
		{"https://[]/", false},
		{"https ://not-a-url", false},
		{"https://school.example/a b", false},
		{" https://school.example", false},
		{"https://school.example\n", false},
		{"https://school.example/\u202e", false},
		{"https://school.example/\u00a0", false},
		{"https://school.example/\u200b", false},
		{"https://school.example/<script>", false},
		{"https://school.example/%zz", false},
		{"https://school.example/%2", false},
		{"did:", false},
		{"did:web", false},
		{"did:web:", false},
		{"did::x", false},
		{"urn:uuid", false},
		{"urn:uuid:", false},
	}
	for _, c := range tests {
		if got := isURL(c.text); got != c.want {
			t.Errorf("isURL(%q) = %v", c.text, got)
		}
	}
}

func TestIsTypeName(t *testing.T) {
	for text, want := range map[string]bool{
		"VerifiableCredential": true, "1EdTechRevocationList": true, "https://a.example/#T": true,
		"": false, "@json": false, "a b": false, "a\tb": false, "a\u202eb": false, "https://": false, ":": false,
	} {
		if got := isTypeName(text); got != want {
			t.Errorf("isTypeName(%q) = %v", text, got)
		}
	}
}

func TestIsLanguageTag(t *testing.T) {
	for text, want := range map[string]bool{
		"en": true, "de-CH": true, "zh-Hant-TW": true, "es-419": true, "sl-rozaj-biske-1994": true, "x-laurel": true,
		"": false, "-": false, "en-": false, "-en": false, "en_GB": false, "english-language": true, "verylongtag": false, "e n": false, "1n": false, "ün": false,
	} {
		if got := isLanguageTag(text); got != want {
			t.Errorf("isLanguageTag(%q) = %v", text, got)
		}
	}
}

func TestLinkWeb(t *testing.T) {
	tests := []struct{ link, want string }{
		{"https://school.example/a?b=c", "https://school.example/a?b=c"},
		{"http://school.example", "http://school.example"},
		{"javascript:alert(1)", ""},
		{"JaVaScRiPt://school.example/%0aalert(1)", ""},
		{"data:text/html,<script>", ""},
		{"file:///etc/passwd", ""},
		{"did:web:school.example", ""},
		{"https://school.example@evil.example/", ""},
		{"https://user:pass@school.example/", ""},
		{"//school.example/", ""},
		{"https://", ""},
		{"https://%zz", ""},
		{"", ""},
		{"https://school.example/\"onclick=\"x", "https://school.example/%22onclick=%22x"},
		{"https://school.example/" + string(make([]byte, maxLink)), ""},
	}
	for _, c := range tests {
		if got := Link(c.link).Web(); got != c.want {
			t.Errorf("Link(%.60q).Web() = %q, want %q", c.link, got, c.want)
		}
	}
}
