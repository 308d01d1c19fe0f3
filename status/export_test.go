package status

// What the tests in package status_test share with those in here.
var (
	Packed = packed
	Sparse = sparse
)
