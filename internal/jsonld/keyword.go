package jsonld

// keyword is one of the names that JSON-LD 1.1 reserves (section 9.16).
type keyword uint8

const (
	none keyword = iota // no keyword
	kwBase
	kwContainer
	kwContext
	kwDirection
	kwGraph
	kwID
	kwImport
	kwIncluded
	kwIndex
	kwJSON
	kwLanguage
	kwList
	kwNest
	kwNone
	kwPrefix
	kwPropagate
	kwProtected
	kwReverse
	kwSet
	kwType
	kwValue
	kwVersion
	kwVocab
	keywords // how many there are
)

var keywordNames = [keywords]string{
	kwBase: "@base", kwContainer: "@container", kwContext: "@context", kwDirection: "@direction", kwGraph: "@graph",
	kwID: "@id", kwImport: "@import", kwIncluded: "@included", kwIndex: "@index", kwJSON: "@json",
	kwLanguage: "@language", kwList: "@list", kwNest: "@nest", kwNone: "@none", kwPrefix: "@prefix",
	kwPropagate: "@propagate", kwProtected: "@protected", kwReverse: "@reverse", kwSet: "@set", kwType: "@type",
	kwValue: "@value", kwVersion: "@version", kwVocab: "@vocab",
}

var keywordByName = func() map[string]keyword {
	byName := make(map[string]keyword, keywords)
	for kw := none + 1; kw < keywords; kw++ {
		byName[keywordNames[kw]] = kw
	}
	return byName
}()

// keywordOf tells which keyword the name is, if any.
func keywordOf(name string) keyword {
	if len(name) == 0 || name[0] != '@' {
		return none
	}
	return keywordByName[name]
}

// reserved reports whether the name has the form of a keyword, "@" and letters.
// JSON-LD keeps those that are none for its future and drops what they name.
func reserved(name string) bool {
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
