package contexts

// Keyword is one of the names that JSON-LD 1.1 reserves (section 9.16).
type Keyword uint8

// The keywords by their names: AtID is "@id". NoKeyword, the zero value, is any
// other name, and Keywords how many there are.
const (
	NoKeyword Keyword = iota // no keyword
	AtBase
	AtContainer
	AtContext
	AtDirection
	AtGraph
	AtID
	AtImport
	AtIncluded
	AtIndex
	AtJSON
	AtLanguage
	AtList
	AtNest
	AtNone
	AtPrefix
	AtPropagate
	AtProtected
	AtReverse
	AtSet
	AtType
	AtValue
	AtVersion
	AtVocab
	Keywords // how many there are
)

var keywordNames = [Keywords]string{
	AtBase: "@base", AtContainer: "@container", AtContext: "@context", AtDirection: "@direction", AtGraph: "@graph",
	AtID: "@id", AtImport: "@import", AtIncluded: "@included", AtIndex: "@index", AtJSON: "@json",
	AtLanguage: "@language", AtList: "@list", AtNest: "@nest", AtNone: "@none", AtPrefix: "@prefix",
	AtPropagate: "@propagate", AtProtected: "@protected", AtReverse: "@reverse", AtSet: "@set", AtType: "@type",
	AtValue: "@value", AtVersion: "@version", AtVocab: "@vocab",
}

var keywordByName = func() map[string]Keyword {
	byName := make(map[string]Keyword, Keywords)
	for kw := NoKeyword + 1; kw < Keywords; kw++ {
		byName[keywordNames[kw]] = kw
	}
	return byName
}()

// KeywordOf tells which keyword the name is, if any.
func KeywordOf(name string) Keyword {
	if len(name) == 0 || name[0] != '@' {
		return NoKeyword
	}
	return keywordByName[name]
}

// Reserved reports whether the name has the form of a keyword, "@" and letters.
// JSON-LD keeps those that are none for its future and drops what they name.
func Reserved(name string) bool {
	if len(name) < 2 || name[0] != '@' {
		return false
	}
	for _, c := range []byte(name[1:]) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}
