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

// keywordOf tells which keyword the name is, if any.
func keywordOf(name string) keyword {
	if len(name) < 3 || name[0] != '@' {
		return none
	}
	switch name {
	case "@base":
		return kwBase
	case "@container":
		return kwContainer
	case "@context":
		return kwContext
	case "@direction":
		return kwDirection
	case "@graph":
		return kwGraph
	case "@id":
		return kwID
	case "@import":
		return kwImport
	case "@included":
		return kwIncluded
	case "@index":
		return kwIndex
	case "@json":
		return kwJSON
	case "@language":
		return kwLanguage
	case "@list":
		return kwList
	case "@nest":
		return kwNest
	case "@none":
		return kwNone
	case "@prefix":
		return kwPrefix
	case "@propagate":
		return kwPropagate
	case "@protected":
		return kwProtected
	case "@reverse":
		return kwReverse
	case "@set":
		return kwSet
	case "@type":
		return kwType
	case "@value":
		return kwValue
	case "@version":
		return kwVersion
	case "@vocab":
		return kwVocab
	}
	return none
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
