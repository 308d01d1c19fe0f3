package session

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// answered is a session with an answer of these texts.
func answered(report, response string) *Session {
	s := newSession(Question{Ask: []byte(`{"title":"Welding"}`), Lifetime: time.Hour, Retention: time.Hour}, time.Unix(1_800_000_000, 0))
	s.Answer = &Answer{At: s.Created, Report: []byte(report), Response: []byte(response)}
	return s
}

func TestRecords(t *testing.T) {
	waiting := answered("", "")
	waiting.Answer = nil
	declined := answered("", "")
	declined.Answer = &Answer{At: declined.Created, Declined: "access_denied", Code: "c"}
	picture := `"` + strings.Repeat("iVBORw0KGgo/8/5+hHgAHggJ", 500) + `"`
	both := answered("good", "given")
	both.Answer.Code, both.Poster, both.Label = Token(), "p", "Ada"
	p := &packer{}
	for name, s := range map[string]*Session{
		"waiting": waiting, "declined": declined, "answered": both,
		"with pictures": answered(picture, picture), "report alone": answered("r", ""), "response alone": answered("", "r"),
	} {
		want := *s
		if s.Answer != nil { // a text of no length comes back as none
			answer := *s.Answer
			if len(answer.Report) == 0 {
				answer.Report = nil
			}
			if len(answer.Response) == 0 {
				answer.Response = nil
			}
			want.Answer = &answer
		}
		before := *s
		record, err := p.encode(s)
		if err != nil || !reflect.DeepEqual(before, *s) {
			t.Fatalf("%s: %v, and the session is now %+v", name, err, s)
		}
		if got, err := p.decode(record); err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
		plain, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.decode(plain); err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s, as JSON: %+v, %v, want %+v", name, got, err, want)
		}
		if name == "with pictures" && len(record) > len(plain)/4 {
			t.Errorf("%s: %d bytes, %d as JSON", name, len(record), len(plain))
		}
	}
}

// A record is read whole or not at all.
func TestDamagedRecords(t *testing.T) {
	p := &packer{}
	whole, err := p.encode(answered("good", "given"))
	if err != nil {
		t.Fatal(err)
	}
	pack := func(parts ...string) []byte {
		t.Helper()
		texts := make([][]byte, len(parts))
		for i, part := range parts {
			texts[i] = []byte(part)
		}
		record, err := p.pack(texts...)
		if err != nil {
			t.Fatal(err)
		}
		return record
	}
	bad := map[string][]byte{
		"nothing": nil, "no length": {packed}, "a huge length": {packed, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"one part more": pack(`{"answer":{}}`, "a", "b", ""), "one part less": pack(`{"answer":{}}`, "a"),
		"no answer": pack(`{}`, "a", "b"), "no JSON": pack(`{"answer":`, "a", "b"), "JSON that ends": []byte(`{"id":`),
		"longer than it says": append([]byte{packed, whole[1] - 1}, whole[2:]...),
	}
	for n := range whole {
		bad["cut off after "+string(rune('0'+n))] = whole[:n]
	}
	for name, record := range bad {
		if s, err := p.decode(record); err == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if s, err := p.decode(whole); err != nil || string(s.Answer.Report) != "good" { // the reader has recovered
		t.Errorf("the whole: %+v, %v", s, err)
	}
}

func FuzzRecord(f *testing.F) {
	p := &packer{}
	for _, s := range []*Session{answered("good", "given"), answered("", "")} {
		record, err := p.encode(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(record)
	}
	f.Add([]byte(`{"id":"a","answer":{"report":"Z29vZA=="}}`))
	f.Fuzz(func(t *testing.T, record []byte) {
		s, err := p.decode(record)
		if err != nil {
			return
		}
		again, err := p.encode(s)
		if err != nil {
			return // times out of what JSON can say
		}
		if _, err := p.decode(again); err != nil {
			t.Fatalf("%q was read, and what was written of it was not: %v", record, err)
		}
	})
}
