package rdfc

// The parts that the tests look at on their own.
var (
	NextPermutation = nextPermutation
	PlainPrefix     = plainPrefix
	MayNeedEscape   = mayNeedEscape
)

const MaxDepth = maxDepth
